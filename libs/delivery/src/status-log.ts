import type { StatusEvent } from '@parley/contracts';

/** What watchers see of a status event. */
export type WatchedStatus = Omit<StatusEvent, 'provider'>;

/**
 * The last status events of each account, in the order they were told, over all replicas. Bounded: the oldest are
 * forgotten first. Each method ends by itself within about a second, with an answer or a rejection.
 */
export interface StatusLog {
  append(account: string, statuses: readonly WatchedStatus[]): Promise<void>;

  /** The `limit` entries behind a position, oldest first; fewer only when there are no more yet. */
  read(account: string, after: LogPosition, limit: number): Promise<LogPage>;

  end(account: string): Promise<LogEnd>;
}

export interface LogEnd {
  /** Behind the newest entry; `'0-0'` when there has been none. */
  readonly position: LogPosition;
  /** What is logged from now on stands at this moment or later. Milliseconds since 1970, by the clock of the log. */
  readonly timeMs: number;
}

/** `<milliseconds since 1970>-<count>`: in the order of the log, and comparable with moments. */
export type LogPosition = `${number}-${number}`;

export interface LogPage {
  readonly entries: readonly LogEntry[];
  /** True when entries between `after` and the first of these have been forgotten. */
  readonly gap: boolean;
  /** What was logged after this was read stands at this moment or later: see {@link LogEnd}. */
  readonly timeMs: number;
}

export interface LogEntry {
  readonly position: LogPosition;
  readonly status: WatchedStatus;
}

/** Before everything that was logged in the millisecond of that moment or later. */
export function positionBefore(timeMs: number): LogPosition {
  const lastMs = Math.floor(timeMs) - 1;
  return lastMs < 0 ? '0-0' : `${lastMs}-${Number.MAX_SAFE_INTEGER}`;
}

/** The moment at which what stands at a position was logged. Milliseconds since 1970, by the clock of the log. */
export function timeOf(position: LogPosition): number {
  return Number.parseInt(position, 10);
}

/** Negative when the first comes before the second. */
export function comparePositions(first: LogPosition, second: LogPosition): number {
  return timeOf(first) - timeOf(second) || countOf(first) - countOf(second);
}

function countOf(position: LogPosition): number {
  return Number(position.slice(position.indexOf('-') + 1));
}
