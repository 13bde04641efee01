import type { StatusEvent } from '@parley/contracts';

/** What watchers see of a status event. */
export type WatchedStatus = Omit<StatusEvent, 'provider'>;

/**
 * The last status events of each account, in the order they were told, over all replicas. Bounded: the oldest are
 * forgotten first.
 */
export interface StatusLog {
  append(account: string, statuses: readonly WatchedStatus[]): Promise<void>;

  /** Up to `limit` entries behind a position, oldest first. */
  read(account: string, after: LogPosition, limit: number): Promise<LogPage>;

  /** Behind the newest entry; `'0-0'` when there has been none. */
  end(account: string): Promise<LogPosition>;
}

/** `<milliseconds since 1970>-<count>`: in the order of the log, and comparable with moments. */
export type LogPosition = `${number}-${number}`;

export interface LogPage {
  readonly entries: readonly LogEntry[];
  /** True when entries between `after` and the first of these have been forgotten. */
  readonly gap: boolean;
}

export interface LogEntry {
  readonly position: LogPosition;
  readonly status: WatchedStatus;
}

/** Before everything that was logged at that moment or later. */
export function positionBefore(timeMs: number): LogPosition {
  return `${Math.max(0, Math.floor(timeMs))}-0`;
}
