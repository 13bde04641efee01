import type { DeliveryStatus } from '@parley/contracts';
import type { Clock } from '@parley/sender';
import type { AccountFeed } from './account-feed.ts';
import { LogCursor } from './log-cursor.ts';
import type { LogEntry, StatusLog } from './status-log.ts';

export interface WatchRequest {
  /** At least one. */
  readonly accounts: readonly string[];
  /** Empty: all. */
  readonly messageIds: readonly string[];
  /** Empty: all. */
  readonly statuses: readonly DeliveryStatus[];
  /**
   * Everything told at that moment or later. Milliseconds since 1970. Undefined: from now on, and so is a moment that is
   * still to come.
   */
  readonly fromTimeMs?: number | undefined;
  /** Ends the watch, also when nobody iterates. */
  readonly signal: AbortSignal;
}

export type WatchItem =
  | { readonly kind: 'entry'; readonly entry: LogEntry }
  | {
      readonly kind: 'ended';
      readonly reason: WatchEnd;
      /**
       * Who watches again from this moment misses nothing that is still there, and may be given some of it once more.
       * After a gap: the first moment since which nothing has been forgotten. Milliseconds since 1970.
       */
      readonly resumeTimeMs: number;
    };

export type WatchEnd =
  /** More entries waited for the reader than are kept for him. */
  | 'too-slow'
  /** What he would have been given next has been forgotten. */
  | 'gap'
  /** The log could not be read for ten seconds. */
  | 'log-away'
  /** The signal fired, or the process ends. */
  | 'closed';

export interface WatcherOptions {
  readonly log: StatusLog;
  readonly clock: Clock;
  readonly request: WatchRequest;
  /** Of live entries. */
  readonly maxBuffered: number;
  readonly pollMs: number;
  readonly pageEntries: number;
  readonly awayMs: number;
  readonly feedOf: (account: string) => AccountFeed;
  /** Nothing is kept for it any more. */
  readonly onGone: () => void;
}

/** One reader: what passes his filter waits for him, up to a bound. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #messageIds: ReadonlySet<string>;
  readonly #statuses: ReadonlySet<DeliveryStatus>;
  readonly #cursors: readonly LogCursor[];
  readonly #stop = new AbortController();
  readonly #buffer: LogEntry[] = [];
  #ended: (WatchItem & { readonly kind: 'ended' }) | undefined;
  #wake: (() => void) | undefined;

  constructor(options: WatcherOptions) {
    const { accounts, messageIds, statuses } = options.request;
    this.#options = options;
    this.#messageIds = new Set(messageIds);
    this.#statuses = new Set(statuses);
    this.#cursors = [...new Set(accounts)].map((account) => this.#cursorOf(account));
  }

  /** Resolves when each account's start is known, or the watch has ended. */
  async start(): Promise<void> {
    const { fromTimeMs, signal } = this.#options.request;
    signal.addEventListener('abort', this.#abandon, { once: true });
    if (signal.aborted) this.#abandon();
    await Promise.all(this.#cursors.map((cursor) => cursor.start(fromTimeMs, this.#stop.signal)));
  }

  /** @param ready the end of {@link start} */
  async *items(ready: Promise<void>): AsyncGenerator<WatchItem, void, undefined> {
    try {
      await ready;
      for (;;) {
        for (let entry = this.#buffer.shift(); entry; entry = this.#buffer.shift()) {
          yield { kind: 'entry', entry };
        }
        if (this.#ended) {
          yield this.#ended;
          return;
        }
        const behind = this.#cursors.find(({ isLive }) => !isLive);
        if (behind) await behind.readOn(this.#stop.signal);
        else await this.#woken();
      }
    } finally {
      this.#abandon();
    }
  }

  /** What waits for the reader is still given to him; nothing comes after it. */
  end(reason: WatchEnd, resumeTimeMs?: number): void {
    if (this.#ended) return;
    const reachedMs = Math.min(...this.#cursors.map((cursor) => cursor.reachedMs));
    this.#ended = { kind: 'ended', reason, resumeTimeMs: resumeTimeMs ?? reachedMs };
    for (const cursor of this.#cursors) cursor.leave();
    this.#stop.abort();
    this.#wake?.();
  }

  readonly #abandon = (): void => {
    this.end('closed');
    this.#buffer.length = 0;
    this.#options.request.signal.removeEventListener('abort', this.#abandon);
    this.#options.onGone();
  };

  #cursorOf(account: string): LogCursor {
    const { log, clock, pollMs, pageEntries, awayMs, feedOf } = this.#options;
    return new LogCursor({
      log,
      clock,
      account,
      feed: feedOf(account),
      pollMs,
      pageEntries,
      awayMs,
      onEntry: (entry, { isLive }) => this.#take(entry, isLive),
      onGap: (wholeFromMs) => this.end('gap', wholeFromMs),
      onAway: () => this.end('log-away'),
    });
  }

  #take(entry: LogEntry, isLive: boolean): boolean {
    if (this.#ended) return false;
    if (!this.#passes(entry)) return true;
    // What he reads for himself is one page, and only when nothing waits.
    if (isLive && this.#buffer.length >= this.#options.maxBuffered) {
      this.end('too-slow');
      return false;
    }
    this.#buffer.push(entry);
    this.#wake?.();
    return true;
  }

  #passes({ status: { messageId, status } }: LogEntry): boolean {
    if (this.#statuses.size > 0 && !this.#statuses.has(status)) return false;
    return this.#messageIds.size === 0 || (messageId !== undefined && this.#messageIds.has(messageId));
  }

  #woken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}
