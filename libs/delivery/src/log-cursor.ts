import type { Clock } from '@parley/sender';
import type { AccountFeed, FeedListener } from './account-feed.ts';
import { comparePositions, positionBefore, timeOf } from './status-log.ts';
import type { LogEntry, LogPage, LogPosition, StatusLog } from './status-log.ts';

export interface LogCursorOptions {
  readonly log: StatusLog;
  readonly clock: Clock;
  readonly account: string;
  readonly feed: AccountFeed;
  readonly pollMs: number;
  readonly pageEntries: number;
  readonly awayMs: number;
  readonly onEntry: (entry: LogEntry, options: { readonly isLive: boolean }) => Taking;
  /** @param wholeFromMs from when on nothing has been forgotten */
  readonly onGap: (wholeFromMs: number) => void;
  readonly onAway: () => void;
}

export type Taking =
  /** It waits for the reader, until {@link LogCursor.given}. */
  | 'waits'
  /** It is not for this reader. */
  | 'passed-over'
  /** There is no room for it: it comes again to who resumes from {@link LogCursor.resumeMs}. */
  | 'refused';

/** One reader's place in one account's log: behind, where he reads for himself, or live, where the feed reads for him. */
export class LogCursor implements FeedListener {
  readonly #options: LogCursorOptions;
  #position: LogPosition = '0-0';
  #reachedMs = 0;
  /** When those were logged that wait for the reader. */
  readonly #waitingMs: number[] = [];
  #isLive = false;
  #hasLeft = false;

  constructor(options: LogCursorOptions) {
    this.#options = options;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** Everything that was logged before this moment has been given to the reader. Milliseconds since 1970. */
  get resumeMs(): number {
    return this.#waitingMs[0] ?? this.#reachedMs;
  }

  /** The first of those that wait has been given to the reader. */
  given(): void {
    this.#waitingMs.shift();
  }

  /**
   * Resolves when nothing that is logged from now on can be missed, or the signal fired.
   *
   * @param fromTimeMs undefined: from the end on, like a moment that is still to come
   */
  async start(fromTimeMs: number | undefined, signal: AbortSignal): Promise<void> {
    const { log, clock, account } = this.#options;
    this.#reachedMs = Math.floor(Math.min(fromTimeMs ?? Infinity, clock.now() - CLOCKS_APART_MS));
    const end = await this.#ask(() => log.end(account), signal);
    if (end === undefined || this.#hasLeft) return;
    const from = fromTimeMs === undefined ? end.position : positionBefore(fromTimeMs);
    if (fromTimeMs !== undefined && comparePositions(from, end.position) < 0) {
      this.#position = from;
      this.#reachedMs = Math.floor(fromTimeMs);
    } else {
      this.#position = end.position;
      this.#reachedMs = end.timeMs;
      this.#join();
    }
  }

  /** Hands on one page of what it is behind, and goes live when there is no more. */
  async readOn(signal: AbortSignal): Promise<void> {
    const { log, account, pageEntries, feed } = this.#options;
    const fed = feed.position;
    const page = await this.#ask(() => log.read(account, this.#position, pageEntries), signal);
    if (!page) return;
    const { entries, gap, timeMs } = page;
    if (gap) this.onGap(page);
    this.onEntries(entries);
    if (entries.length === pageEntries) return;
    this.onReached(timeMs);
    // What the feed had read before is among what has been handed on, or gone, as it is when the log was emptied.
    if (fed !== undefined && comparePositions(this.#position, fed) < 0) this.#position = fed;
    this.#join();
  }

  leave(): void {
    this.#hasLeft = true;
    this.#options.feed.leave(this);
  }

  onEntries(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (comparePositions(entry.position, this.#position) <= 0) continue;
      const taking = this.#options.onEntry(entry, { isLive: this.#isLive });
      if (taking === 'refused') return;
      this.#position = entry.position;
      this.onReached(timeOf(entry.position));
      if (taking === 'waits') this.#waitingMs.push(timeOf(entry.position));
    }
  }

  onReached(timeMs: number): void {
    if (!this.#hasLeft) this.#reachedMs = Math.max(this.#reachedMs, timeMs);
  }

  onGap({ entries: [first], timeMs }: LogPage): void {
    // Of its own millisecond some may have been forgotten, too.
    this.#options.onGap(first ? timeOf(first.position) + 1 : timeMs);
  }

  onAway(): void {
    this.#options.onAway();
  }

  #join(): void {
    this.#isLive = !this.#hasLeft && this.#options.feed.join(this, this.#position);
  }

  /** Asks again until there is an answer; undefined when the signal fired, or the log was away for too long. */
  async #ask<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    const { clock, pollMs, awayMs } = this.#options;
    const startedMs = clock.monotonicMs();
    while (!signal.aborted) {
      const answer = await ask().catch(() => undefined);
      if (answer !== undefined) return answer;
      if (clock.monotonicMs() - startedMs >= awayMs) this.onAway();
      await clock.sleep(pollMs, signal).catch(() => undefined);
    }
    return undefined;
  }
}

/** As long as the log has not told its own time, it may be this much behind ours. */
const CLOCKS_APART_MS = 1_000;
