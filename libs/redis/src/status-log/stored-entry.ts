import type { LogEntry, LogPosition, WatchedStatus } from '@parley/delivery';

/** As XRANGE shows it. */
export type StoredEntry = readonly [position: LogPosition, fields: readonly string[]];

/** Undefined when it is not what was stored. */
export function readStoredEntry([position, fields]: StoredEntry): ReadEntry | undefined {
  const [p, previous, s, text] = fields;
  if (p !== 'p' || s !== 's' || previous === undefined || text === undefined) return undefined;
  try {
    return { position, status: JSON.parse(text) as WatchedStatus, previous: previous as LogPosition };
  } catch {
    return undefined;
  }
}

interface ReadEntry extends LogEntry {
  /** Of the entry that was appended before this one; `0-0` when there was none. */
  readonly previous: LogPosition;
}
