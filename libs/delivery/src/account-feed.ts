import type { Clock } from '@parley/sender';
import { comparePositions } from './status-log.ts';
import type { LogEntry, LogPage, LogPosition, StatusLog } from './status-log.ts';

export interface AccountFeedOptions {
  readonly log: StatusLog;
  readonly clock: Clock;
  readonly account: string;
  readonly pollMs: number;
  readonly pageEntries: number;
  /** How long the log may be away before listeners are told. */
  readonly awayMs: number;
}

/** What a feed tells who follows it. They may leave while they are told. */
export interface FeedListener {
  /** What comes next was forgotten before it was read. What the page still has is told afterwards. */
  onGap(page: LogPage): void;
  /** The next entries, in order. They may begin with some that the listener has read by itself. */
  onEntries(entries: readonly LogEntry[]): void;
  /** Everything that was logged before this moment has been handed on. */
  onReached(timeMs: number): void;
  onAway(): void;
}

/** Reads the end of one account's log for everybody who is there: one poll for all, and none for nobody. */
export class AccountFeed {
  readonly #options: AccountFeedOptions;
  readonly #listeners = new Set<FeedListener>();
  #position: LogPosition = '0-0';
  #stop: AbortController | undefined;

  constructor(options: AccountFeedOptions) {
    this.#options = options;
  }

  /** How far it has read; undefined while it reads for nobody. */
  get position(): LogPosition | undefined {
    return this.#stop && this.#position;
  }

  /** False when the feed is further than the position: what lies between has to be read first. */
  join(listener: FeedListener, after: LogPosition): boolean {
    if (this.#stop && comparePositions(after, this.#position) < 0) return false;
    this.#listeners.add(listener);
    if (!this.#stop) {
      this.#position = after;
      this.#stop = new AbortController();
      void this.#follow(this.#stop.signal);
    }
    return true;
  }

  leave(listener: FeedListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#stop?.abort();
    this.#stop = undefined;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, pollMs, awayMs } = this.#options;
    let answeredMs = clock.monotonicMs();
    while (!signal.aborted) {
      const read = await this.#readOn(signal);
      if (read !== 'failed') answeredMs = clock.monotonicMs();
      else if (clock.monotonicMs() - answeredMs >= awayMs) this.#tell((listener) => listener.onAway());
      // Rejects only when nobody listens any more.
      if (read !== 'more') await clock.sleep(pollMs, signal).catch(() => undefined);
    }
  }

  async #readOn(signal: AbortSignal): Promise<'more' | 'end' | 'failed'> {
    const { log, account, pageEntries } = this.#options;
    const page = await log.read(account, this.#position, pageEntries).catch(() => undefined);
    // Somebody else may have joined meanwhile, at another position.
    if (signal.aborted) return 'end';
    if (!page) return 'failed';
    const { entries, gap, timeMs } = page;
    this.#position = entries.at(-1)?.position ?? this.#position;
    if (gap) this.#tell((listener) => listener.onGap(page));
    this.#tell((listener) => listener.onEntries(entries));
    if (entries.length === pageEntries) return 'more';
    this.#tell((listener) => listener.onReached(timeMs));
    return 'end';
  }

  #tell(news: (listener: FeedListener) => void): void {
    for (const listener of [...this.#listeners]) news(listener);
  }
}
