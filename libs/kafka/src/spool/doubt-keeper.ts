import { pauseFor } from '../backoff.ts';
import type { LateEnd } from '../bus-error.ts';
import { within } from '../deadline.ts';
import type { ReachableSpool } from './reachable-spool.ts';

export interface DoubtKeeperOptions {
  readonly spool: ReachableSpool;
  /** How long a doubt outlives the process that keeps it. Renewed after a third. */
  readonly doubtMs: number;
}

/**
 * Keeps others from draining records that a request of this process may have written, until that request has ended: those
 * that are on the log leave the spool, the others wait on.
 */
export class DoubtKeeper {
  readonly #options: DoubtKeeperOptions;
  readonly #closing = new AbortController();
  readonly #keeping = new Set<Promise<void>>();

  constructor(options: DoubtKeeperOptions) {
    this.#options = options;
  }

  /** In the background, from when they are in doubt. */
  keep(ids: readonly string[], late: Promise<LateEnd>): void {
    const keeping = this.#keepUntil(ids, late).finally(() => this.#keeping.delete(keeping));
    this.#keeping.add(keeping);
  }

  /** Gives the requests so long to end. What is in doubt afterwards waits until its doubt has lapsed. */
  async close({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    const ended = Promise.all(this.#keeping);
    await within(ended, { timeoutMs, what: 'Waiting for requests in doubt' }).catch(() => undefined);
    this.#closing.abort();
    await Promise.all(this.#keeping);
  }

  async #keepUntil(ids: readonly string[], late: Promise<LateEnd>): Promise<void> {
    const ended = new AbortController();
    const end = late.finally(() => ended.abort());
    const over = AbortSignal.any([ended.signal, this.#closing.signal]);
    let pauseMs = this.#renewAfterMs;
    for (;;) {
      await pauseFor(pauseMs, over);
      if (over.aborted) break;
      const renewed = await this.#doubt(ids, this.#options.doubtMs);
      pauseMs = renewed === 'away' ? ASK_AGAIN_MS : this.#renewAfterMs;
    }
    if (ended.signal.aborted) await this.#settle(ids, await end);
  }

  /** Asks until the spool has heard it: a written record that stayed would be drained once its doubt has lapsed. */
  async #settle(ids: readonly string[], end: LateEnd): Promise<void> {
    const settle = (): Promise<void | 'away'> =>
      end === 'written' ? this.#options.spool.ask((spool) => spool.remove(ids)) : this.#doubt(ids, 0);
    while ((await settle()) === 'away' && !this.#closing.signal.aborted) {
      await pauseFor(ASK_AGAIN_MS, this.#closing.signal);
    }
  }

  get #renewAfterMs(): number {
    return this.#options.doubtMs / 3;
  }

  #doubt(ids: readonly string[], doubtMs: number): Promise<void | 'away'> {
    return this.#options.spool.ask((spool) => spool.doubt(ids, doubtMs));
  }
}

const ASK_AGAIN_MS = 200;
