import type { Clock } from '@parley/sender';
import { AccountFeed } from './account-feed.ts';
import type { StatusLog } from './status-log.ts';
import { Watcher } from './watcher.ts';
import type { WatchItem, WatchRequest } from './watcher.ts';

export interface StatusWatchOptions {
  readonly log: StatusLog;
  readonly clock: Clock;
  /** @default 200 */
  readonly maxWatchers?: number;
  /** Entries that wait for one slow reader, beside a page of the past. @default 1_000 */
  readonly maxBuffered?: number;
}

export type Watching =
  | {
      readonly kind: 'watching';
      /** Resolves when nothing that is told from now on can be missed, or the watch has ended. */
      readonly ready: Promise<void>;
      /**
       * To be iterated once, at the reader's own pace; the last item says why there are no more. While nothing comes, an item
       * every 30 seconds says so.
       */
      readonly items: AsyncIterable<WatchItem>;
      /**
       * Who watches the same again from this moment misses nothing that is still there, and may be given some of it once
       * more: also the last item, which counts as not given until the next is asked for. At the end after a gap: the first
       * moment since which nothing has been forgotten. Milliseconds since 1970, by the clock of the log.
       */
      readonly resumeTimeMs: () => number;
    }
  | { readonly kind: 'refused'; readonly reason: 'too-many-watchers' | 'closed' };

/**
 * The statuses that are told from now on, or from a moment, over all replicas, for whoever watches.
 *
 * Each log is polled five times per second for all its watchers together, and only while there is one. Who starts in the
 * past reads it by himself, page by page as he takes it, until he is where the others are. Of one account the entries come
 * in the order of its log; those of different accounts may overtake each other.
 */
export class StatusWatch {
  readonly #options: Required<StatusWatchOptions>;
  readonly #watchers = new Set<Watcher>();
  readonly #feeds = new Map<string, AccountFeed>();
  #closed = false;

  constructor(options: StatusWatchOptions) {
    this.#options = { maxWatchers: 200, maxBuffered: 1_000, ...options };
  }

  watch(request: WatchRequest): Watching {
    if (this.#closed) return { kind: 'refused', reason: 'closed' };
    if (this.#watchers.size >= this.#options.maxWatchers) {
      return { kind: 'refused', reason: 'too-many-watchers' };
    }
    const { log, clock, maxBuffered } = this.#options;
    const watcher = new Watcher({
      log,
      clock,
      request,
      maxBuffered,
      pollMs: POLL_MS,
      pageEntries: PAGE_ENTRIES,
      awayMs: AWAY_MS,
      quietMs: QUIET_MS,
      feedOf: (account) => this.#feedOf(account),
      onGone: () => void this.#watchers.delete(watcher),
    });
    this.#watchers.add(watcher);
    const ready = watcher.start();
    return {
      kind: 'watching',
      ready,
      items: watcher.items(ready),
      resumeTimeMs: () => watcher.resumeTimeMs(),
    };
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Ends all watches as `closed`, behind what waits for their readers, and takes no more. */
  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.end('closed');
  }

  #feedOf(account: string): AccountFeed {
    const { log, clock } = this.#options;
    const feed =
      this.#feeds.get(account) ??
      new AccountFeed({ log, clock, account, pollMs: POLL_MS, pageEntries: PAGE_ENTRIES, awayMs: AWAY_MS });
    this.#feeds.set(account, feed);
    return feed;
  }
}

const POLL_MS = 200;
const PAGE_ENTRIES = 200;
const AWAY_MS = 10_000;
const QUIET_MS = 30_000;
