import type { DeliveryStatus } from '@parley/contracts';
import type { Clock } from '@parley/sender';
import type { AccountFeed } from './account-feed.ts';
import { LogCursor } from './log-cursor.ts';
import type { Taking } from './log-cursor.ts';
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
  /** Nothing came for a while: the moment to resume from has moved on all the same. */
  | { readonly kind: 'quiet' }
  | { readonly kind: 'ended'; readonly reason: WatchEnd };

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
  /** Between two items at most, while the reader waits and is live. */
  readonly quietMs: number;
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
  readonly #buffer: Waiting[] = [];
  #ended: (WatchItem & { readonly kind: 'ended' }) | undefined;
  /** After a gap: since when nothing has been forgotten. */
  #wholeFromMs: number | undefined;
  #isEndTold = false;
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
        for (let next = this.#buffer.shift(); next; next = this.#buffer.shift()) {
          yield { kind: 'entry', entry: next.entry };
          next.cursor.given();
        }
        if (this.#ended) {
          this.#isEndTold = true;
          yield this.#ended;
          return;
        }
        const behind = this.#farthestBehind();
        if (behind) await behind.readOn(this.#stop.signal);
        else if (!(await this.#isWoken())) yield { kind: 'quiet' };
      }
    } finally {
      this.#abandon();
    }
  }

  /** What waits for the reader is still given to him; nothing comes after it. */
  end(reason: WatchEnd): void {
    if (this.#ended) return;
    this.#ended = { kind: 'ended', reason };
    for (const cursor of this.#cursors) cursor.leave();
    this.#stop.abort();
    this.#wake?.();
  }

  /** See {@link Watching}. */
  resumeTimeMs(): number {
    if (this.#isEndTold && this.#wholeFromMs !== undefined) return this.#wholeFromMs;
    return Math.min(...this.#cursors.map(({ resumeMs }) => resumeMs));
  }

  readonly #abandon = (): void => {
    this.end('closed');
    this.#buffer.length = 0;
    this.#options.request.signal.removeEventListener('abort', this.#abandon);
    this.#options.onGone();
  };

  #endAtGap(wholeFromMs: number): void {
    if (this.#ended) return;
    this.#wholeFromMs = wholeFromMs;
    this.end('gap');
  }

  /** So that whoever breaks off resumes as late as possible. Undefined when all are live. */
  #farthestBehind(): LogCursor | undefined {
    return this.#cursors.filter(({ isLive }) => !isLive).toSorted((a, b) => a.resumeMs - b.resumeMs)[0];
  }

  #cursorOf(account: string): LogCursor {
    const { log, clock, pollMs, pageEntries, awayMs, feedOf } = this.#options;
    const cursor: LogCursor = new LogCursor({
      log,
      clock,
      account,
      feed: feedOf(account),
      pollMs,
      pageEntries,
      awayMs,
      onEntry: (entry, { isLive }) => this.#take(entry, cursor, isLive),
      onGap: (wholeFromMs) => this.#endAtGap(wholeFromMs),
      onAway: () => this.end('log-away'),
    });
    return cursor;
  }

  #take(entry: LogEntry, cursor: LogCursor, isLive: boolean): Taking {
    if (this.#ended) return 'refused';
    if (!this.#passes(entry)) return 'passed-over';
    // What he reads for himself is one page, and only when nothing waits.
    if (isLive && this.#buffer.length >= this.#options.maxBuffered) {
      this.end('too-slow');
      return 'refused';
    }
    this.#buffer.push({ entry, cursor });
    this.#wake?.();
    return 'waits';
  }

  #passes({ status: { messageId, status } }: LogEntry): boolean {
    if (this.#statuses.size > 0 && !this.#statuses.has(status)) return false;
    return this.#messageIds.size === 0 || (messageId !== undefined && this.#messageIds.has(messageId));
  }

  /** False when nothing came for so long. */
  async #isWoken(): Promise<boolean> {
    const { clock, quietMs } = this.#options;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    return clock.sleep(quietMs, woken.signal).then(
      () => false,
      () => true,
    );
  }
}

interface Waiting {
  readonly entry: LogEntry;
  readonly cursor: LogCursor;
}
