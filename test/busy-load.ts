import { availableParallelism, loadavg } from 'node:os';

/** More than this many processes for each processor, and latencies say more of the others than of what is tested. */
const BUSY_PER_PROCESSOR = 2;

/** The load here, an average over the last minute, when it is so high that no latency can be judged. */
export function busyLoad(): number | undefined {
  const [load = 0] = loadavg();
  return load > BUSY_PER_PROCESSOR * availableParallelism() ? load : undefined;
}
