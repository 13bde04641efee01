import type { LogEntry, LogPosition, WatchedStatus } from '@parley/delivery';

/** As XRANGE shows it. */
export type StoredEntry = readonly [position: LogPosition, fields: readonly string[]];

/** Undefined when it is not what was stored. */
export function readStoredEntry([position, fields]: StoredEntry): ReadEntry | undefined {
  const [p, last, s, text] = fields;
  if (p !== 'p' || s !== 's' || last === undefined || text === undefined) return undefined;
  const [previous, status] = [readPosition(last), readStatus(text)];
  return previous && status && { position, status, previous };
}

/** Undefined when the text is none. */
export function readPosition(text: string): LogPosition | undefined {
  return /^\d+-\d+$/.test(text) ? (text as LogPosition) : undefined;
}

interface ReadEntry extends LogEntry {
  /** Of the entry that was appended before this one; `0-0` when there was none. */
  readonly previous: LogPosition;
}

function readStatus(text: string): WatchedStatus | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof WatchedStatus, unknown>> | null;
    const isStored =
      NAMES.every((name) => typeof value?.[name] === 'string') &&
      STATUSES.has(value?.status as WatchedStatus['status']);
    return isStored ? (value as WatchedStatus) : undefined;
  } catch {
    return undefined;
  }
}

/** What every status has beside the status itself. */
const NAMES = ['account', 'key', 'time', 'receivedTime'] as const satisfies (keyof WatchedStatus)[];
const STATUSES: ReadonlySet<WatchedStatus['status']> = new Set([
  'accepted',
  'sent',
  'delivered',
  'read',
  'failed',
]);
