import { randomUUID } from 'node:crypto';
import { RedisLink } from '@parley/redis';

/** A clock of Redis that a test can set, for all links that know it: their scripts add an offset to what TIME says. */
export class SettableClock {
  readonly #url: string;
  readonly #offsetKey = `clock-of-a-test-${randomUUID()}`;

  constructor(url: string) {
    this.#url = url;
  }

  /** @param offsetMs from the real one; a whole number of milliseconds */
  async set(link: RedisLink, offsetMs: number): Promise<void> {
    await link.run((redis) => redis.set(this.#offsetKey, offsetMs, 'EX', 60));
  }

  openLink(): RedisLink {
    return new LinkWithItsClock(this.#url, this.#offsetKey);
  }
}

class LinkWithItsClock extends RedisLink {
  readonly #offsetKey: string;

  constructor(url: string, offsetKey: string) {
    super({ url });
    this.#offsetKey = offsetKey;
  }

  override evaluate(
    ...[{ lua }, { keys, args, signal }]: Parameters<RedisLink['evaluate']>
  ): Promise<unknown> {
    const read = "local time = redis.call('TIME')";
    const offset = `local offset = tonumber(redis.call('GET', '${this.#offsetKey}') or '0')`;
    const add = 'time = { time[1] + offset / 1000, time[2] }';
    const text = lua.replace(read, `${read}\n${offset}\n${add}`);
    return this.run((redis) => redis.eval(text, keys.length, ...keys, ...args), signal);
  }
}
