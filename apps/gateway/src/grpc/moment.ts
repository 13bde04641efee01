interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

/** What a Date can hold: beyond it there is no moment to tell. */
const LATEST_MS = 8.64e15;

/** Milliseconds since 1970; NaN when it is no moment. */
export function momentOf({ seconds, nanos }: Timestamp): number {
  const moment = seconds * 1000 + nanos / 1e6;
  return Math.abs(moment) <= LATEST_MS ? moment : NaN;
}

export function timestampOf(momentMs: number): Timestamp {
  const seconds = Math.floor(momentMs / 1000);
  return { seconds, nanos: Math.round((momentMs - seconds * 1000) * 1e6) };
}
