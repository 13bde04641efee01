/** Redis did not answer, or not usefully: nothing is known about whether the command took effect. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
  readonly code = 'REDIS_AWAY';

  /** @param why a code such as `ECONNREFUSED` or `LOADING`, never an address: that may hold a password */
  constructor(why: string) {
    super(`Redis is away: ${why}`);
  }
}
