import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { RELAXED_FILE } from '../relaxed-file.ts';
import { Witness } from './witness.ts';

/**
 * Where who wants little waits for so long in most seconds, or for that share of a bound, latencies say more of the
 * machine than of what is tested.
 */
const UNFIT_MS = 20;
const UNFIT_SHARE = 0.05;
const LOOKED_BACK_S = 30;
const ALLOWANCE = 20;
/** What one post passes: the process that sends it, and the one that receives it. */
const PROCESSES_ON_THE_WAY = 2;

const witness = new Witness();
afterAll(() => witness.stop());

/**
 * A bound on a latency as it holds on this machine now: the bound itself, unless so many others work here, or on the
 * same hardware, that it cannot be measured; then one that only finds what hangs. Who reads the run's summary is told,
 * by the name of the test.
 */
export function latencyBoundMs(boundMs: number): number {
  const lateMs = witness.typicalMs(LOOKED_BACK_S);
  if (lateMs <= Math.max(UNFIT_MS, UNFIT_SHARE * boundMs)) return boundMs;
  const relaxedMs = ALLOWANCE * boundMs;
  tellRelaxed(
    `timers are ${lateMs.toFixed(0)} ms late here: judged by ${relaxedMs} ms in place of ${boundMs} ms`,
  );
  return relaxedMs;
}

/**
 * The same for one thing that came at a moment of the monotonic clock, so late: what the machine alone may have made it
 * wait then comes on top, and that is told where it decides.
 */
export function latenessBoundMs(boundMs: number, { lateMs, atMs }: { lateMs: number; atMs: number }): number {
  if (lateMs <= boundMs) return boundMs;
  const withheldMs = PROCESSES_ON_THE_WAY * witness.worstMsAround(atMs);
  const relaxedMs = boundMs + withheldMs;
  if (lateMs <= relaxedMs) {
    tellRelaxed(
      `the machine was ${withheldMs.toFixed(1)} ms late then: judged by ${relaxedMs.toFixed(1)} ms in place of ${boundMs} ms`,
    );
  }
  return relaxedMs;
}

function tellRelaxed(why: string): void {
  const { currentTestName = '', testPath = '' } = expect.getState();
  const line = `${relative(process.cwd(), testPath)}: ${currentTestName} (${why})`;
  console.warn(line);
  const file = process.env[RELAXED_FILE];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}
