import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'undici';

/**
 * Connections that are kept open between posts: up to {@link MAX_CONNECTIONS} to one origin, and to up to
 * {@link MAX_ORIGINS} of them; then those to the origin used longest ago are closed, once they are idle.
 */
@Injectable()
export class Connections implements OnApplicationShutdown {
  /** The origin used last stands last. */
  readonly #pools = new Map<string, Pool>();
  readonly #closing = new Set<Pool>();
  #ended = false;

  to(origin: string): Pool {
    const pool =
      this.#pools.get(origin) ?? new Pool(origin, { connections: MAX_CONNECTIONS, allowH2: false });
    this.#pools.delete(origin);
    this.#pools.set(origin, pool);
    const [oldest] = this.#pools;
    if (this.#pools.size > MAX_ORIGINS && oldest !== undefined) this.#close(...oldest);
    if (this.#ended) void pool.destroy();
    return pool;
  }

  /** Ends every connection, whatever it is used for; whoever asks for one later gets one that is closed. */
  async onApplicationShutdown(): Promise<void> {
    this.#ended = true;
    await Promise.all([...this.#pools.values(), ...this.#closing].map((pool) => pool.destroy()));
  }

  #close(origin: string, pool: Pool): void {
    this.#pools.delete(origin);
    this.#closing.add(pool);
    // Rejects when it is destroyed meanwhile, which is an end as well.
    void pool
      .close()
      .catch(() => undefined)
      .finally(() => this.#closing.delete(pool));
  }
}

const MAX_CONNECTIONS = 64;
export const MAX_ORIGINS = 256;
