import { appendFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { relative } from 'node:path';
import { expect } from '@jest/globals';
import { RELAXED_FILE } from '../relaxed-file.ts';

/** More than this many processes for each processor, and latencies say more of the others than of what is tested. */
const BUSY_PER_PROCESSOR = 2;
const ALLOWANCE = 20;

/**
 * A bound on a latency as it holds on this machine now: the bound itself, unless so many others work here that it cannot
 * be measured; then one that only finds what hangs. Who reads the run's summary is told, by the name of the test.
 */
export function latencyBoundMs(boundMs: number): number {
  const [load = 0] = loadavg();
  if (load <= BUSY_PER_PROCESSOR * availableParallelism()) return boundMs;
  const relaxedMs = ALLOWANCE * boundMs;
  tellRelaxed(`the load here is ${load.toFixed(1)}: judged by ${relaxedMs} ms in place of ${boundMs} ms`);
  return relaxedMs;
}

function tellRelaxed(why: string): void {
  const { currentTestName = '', testPath = '' } = expect.getState();
  const line = `${relative(process.cwd(), testPath)}: ${currentTestName} (${why})`;
  console.warn(line);
  const file = process.env[RELAXED_FILE];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}
