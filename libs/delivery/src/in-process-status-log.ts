import type { Clock } from '@parley/sender';
import { comparePositions, timeOf } from './status-log.ts';
import type { LogEnd, LogEntry, LogPage, LogPosition, StatusLog, WatchedStatus } from './status-log.ts';

export interface InProcessStatusLogOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  /** Of each account. */
  readonly maxEntries: number;
}

/**
 * The status log of this process alone. Of each account the last `maxEntries` are kept, until `ttlMs` has passed since
 * they were told. Positions grow even when the wall clock is set back.
 */
export class InProcessStatusLog implements StatusLog {
  readonly #options: InProcessStatusLogOptions;
  readonly #accounts = new Map<string, AccountLog>();

  constructor(options: InProcessStatusLogOptions) {
    this.#options = options;
  }

  append(account: string, statuses: readonly WatchedStatus[]): Promise<void> {
    if (statuses.length === 0) return Promise.resolve();
    const log = this.#logOf(account);
    const nowMs = this.#options.clock.now();
    for (const status of statuses) {
      log.end = nextPosition(log.end, nowMs);
      log.entries.push({ position: log.end, status });
    }
    this.#accounts.set(account, log);
    this.#forgetOld(log);
    return Promise.resolve();
  }

  read(account: string, after: LogPosition, limit: number): Promise<LogPage> {
    const log = this.#logOf(account);
    this.#forgetOld(log);
    const from = firstBehind(log.entries, after);
    return Promise.resolve({
      entries: log.entries.slice(from, from + limit),
      gap: comparePositions(after, log.lastForgotten) < 0,
      timeMs: this.#timeOf(log),
    });
  }

  end(account: string): Promise<LogEnd> {
    const log = this.#logOf(account);
    return Promise.resolve({ position: log.end, timeMs: this.#timeOf(log) });
  }

  #timeOf({ end }: AccountLog): number {
    return Math.max(Math.floor(this.#options.clock.now()), timeOf(end));
  }

  #logOf(account: string): AccountLog {
    return this.#accounts.get(account) ?? { entries: [], end: START, lastForgotten: START };
  }

  #forgetOld(log: AccountLog): void {
    const { clock, ttlMs, maxEntries } = this.#options;
    const oldestMs = clock.now() - ttlMs;
    const tooMany = Math.max(0, log.entries.length - maxEntries);
    const firstYoung = log.entries.findIndex(({ position }) => timeOf(position) > oldestMs);
    const tooOld = firstYoung === -1 ? log.entries.length : firstYoung;
    const forgotten = log.entries.splice(0, Math.max(tooMany, tooOld));
    log.lastForgotten = forgotten.at(-1)?.position ?? log.lastForgotten;
  }
}

const START: LogPosition = '0-0';

interface AccountLog {
  readonly entries: LogEntry[];
  end: LogPosition;
  lastForgotten: LogPosition;
}

function nextPosition(end: LogPosition, nowMs: number): LogPosition {
  const [endMs = 0, count = 0] = end.split('-').map(Number);
  return nowMs > endMs ? `${Math.floor(nowMs)}-0` : `${endMs}-${count + 1}`;
}

/** The index of the first entry behind a position, by halves. */
function firstBehind(entries: readonly LogEntry[], after: LogPosition): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry && comparePositions(entry.position, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
