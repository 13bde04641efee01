import { availableParallelism, loadavg } from 'node:os';

/** More than this many processes for each processor, and latencies say more of the others than of what is tested. */
const BUSY_PER_PROCESSOR = 2;
const ALLOWANCE = 20;

/**
 * A bound on a latency as it holds on this machine now: the bound itself, unless so many others work here that it cannot
 * be measured; then one that only finds what hangs, and a line that says so.
 */
export function latencyBoundMs(boundMs: number): number {
  const [load = 0] = loadavg();
  if (load <= BUSY_PER_PROCESSOR * availableParallelism()) return boundMs;
  console.warn(
    `the load here is ${load.toFixed(1)}: judged by ${ALLOWANCE * boundMs} ms in place of ${boundMs} ms`,
  );
  return ALLOWANCE * boundMs;
}
