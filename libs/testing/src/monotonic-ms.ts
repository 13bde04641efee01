/** Milliseconds on this machine's monotonic clock (CLOCK_MONOTONIC on Linux): comparable between its processes. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
