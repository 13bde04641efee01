import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect } from '@jest/globals';
import { busyLoad } from '../busy-load.ts';
import { RELAXED_FILE } from '../relaxed-file.ts';

const ALLOWANCE = 20;

/**
 * A bound on a latency as it holds on this machine now: the bound itself, unless so many others work here that it cannot
 * be measured; then one that only finds what hangs. Who reads the run's summary is told, by the name of the test.
 */
export function latencyBoundMs(boundMs: number): number {
  const load = busyLoad();
  if (load === undefined) return boundMs;
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
