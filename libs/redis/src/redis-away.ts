/** Redis did not answer, or refused to do it: nothing is known about whether the command took effect. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
  /** Such as `ECONNREFUSED`, `TIMEOUT` or `LOADING`: never an address, which may hold a password, nor an argument. */
  readonly code: string;

  constructor(code: string) {
    super(`Redis is away: ${code}`);
    this.code = code;
  }
}
