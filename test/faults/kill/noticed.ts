import { monotonicMs } from '@parley/testing';

/** When something was seen, on the machine's monotonic clock. */
export interface Noticed {
  readonly atMs: number;
  /** It happened after this moment: two milliseconds before it was seen, more when its thread was kept from looking. */
  readonly notBeforeMs: number;
}

/** Keeps this thread looking each millisecond. @returns asked for each thing that it sees, as it sees it */
export function keepLooking(): () => Noticed {
  const looked = { last: monotonicMs(), before: monotonicMs() };
  setInterval(() => {
    looked.before = looked.last;
    looked.last = monotonicMs();
  }, 1);
  return () => ({ atMs: monotonicMs(), notBeforeMs: looked.before });
}
