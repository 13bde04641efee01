import type { Clock } from '@parley/sender';
import type { AccountFeed, FeedListener } from './account-feed.ts';
import { comparePositions, positionBefore, timeOf } from './status-log.ts';
import type { LogEntry, LogPosition, StatusLog } from './status-log.ts';

export interface LogCursorOptions {
  readonly log: StatusLog;
  readonly clock: Clock;
  readonly account: string;
  readonly feed: AccountFeed;
  readonly pollMs: number;
  readonly pageEntries: number;
  readonly awayMs: number;
  /** False when it was not taken: then it comes again to who resumes from {@link LogCursor.reachedMs}. */
  readonly onEntry: (entry: LogEntry, options: { readonly isLive: boolean }) => boolean;
  /** @param wholeFromMs from when on nothing has been forgotten */
  readonly onGap: (wholeFromMs: number) => void;
  readonly onAway: () => void;
}

/** One reader's place in one account's log: behind, where he reads for himself, or live, where the feed reads for him. */
export class LogCursor implements FeedListener {
  readonly #options: LogCursorOptions;
  #position: LogPosition = '0-0';
  #reachedMs = 0;
  #isLive = false;
  #hasLeft = false;

  constructor(options: LogCursorOptions) {
    this.#options = options;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** Everything that was logged before this moment has been handed on. Milliseconds since 1970. */
  get reachedMs(): number {
    return this.#reachedMs;
  }

  /**
   * Resolves when nothing that is logged from now on can be missed, or the signal fired.
   *
   * @param fromTimeMs undefined: from the end on, like a moment that is still to come
   */
  async start(fromTimeMs: number | undefined, signal: AbortSignal): Promise<void> {
    const { log, clock, account } = this.#options;
    const nowMs = clock.now();
    const end = await this.#ask(() => log.end(account), signal);
    if (end === undefined) return;
    const from = fromTimeMs === undefined ? end : positionBefore(fromTimeMs);
    if (comparePositions(from, end) < 0) {
      this.#position = from;
      this.#reachedMs = timeOf(from);
    } else {
      this.#position = end;
      this.onReached(nowMs);
      this.#join();
    }
  }

  /** Hands on one page of what it is behind, and goes live when there is no more. */
  async readOn(signal: AbortSignal): Promise<void> {
    const { log, account, pageEntries, feed } = this.#options;
    const fed = feed.position;
    const page = await this.#ask(() => log.read(account, this.#position, pageEntries), signal);
    if (!page) return;
    const { entries, gap } = page;
    if (gap) this.onGap(entries[0]);
    this.onEntries(entries);
    if (entries.length === pageEntries) return;
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
      if (!this.#options.onEntry(entry, { isLive: this.#isLive })) return;
      this.#position = entry.position;
      this.#reachedMs = Math.max(this.#reachedMs, timeOf(entry.position));
    }
  }

  onReached(timeMs: number): void {
    this.#reachedMs = Math.max(this.#reachedMs, timeMs - CLOCKS_APART_MS);
  }

  onGap(first: LogEntry | undefined): void {
    // Of its own millisecond some may have been forgotten, too.
    this.#options.onGap(first ? timeOf(first.position) + 1 : this.#options.clock.now());
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

/** The log's clock may go this much behind ours, so that what it logs later looks older. */
const CLOCKS_APART_MS = 1_000;
