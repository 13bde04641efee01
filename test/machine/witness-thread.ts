import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { monotonicMs } from '@parley/testing';

/** The thread behind Witness: a timer and a little work, over and over, and how much later they were done than is best. */
const worstMs = new Float64Array(workerData as SharedArrayBuffer);
const EVERY_MS = 100;
/** About a millisecond of work: who wakes up for less is let in at once also where others have to queue. */
const ROUNDS = 1_000_000;

let bestMs = Infinity;
let second = -1;
for (;;) {
  const fromMs = monotonicMs();
  await sleep(EVERY_MS);
  const wokenMs = monotonicMs();
  work();
  const endMs = monotonicMs();
  bestMs = Math.min(bestMs, endMs - wokenMs);
  note(Math.floor(endMs / 1_000), endMs - fromMs - EVERY_MS - bestMs);
}

function work(): number {
  let sum = 0;
  for (let round = 0; round < ROUNDS; round += 1) sum += round % 7;
  return sum;
}

/** Seconds in which it was never woken were as late as what ended them. */
function note(now: number, lateMs: number): void {
  const seen = second === -1 ? now : second;
  for (let passed = seen + 1; passed <= now; passed += 1) worstMs[passed % worstMs.length] = 0;
  second = now;
  const firstLate = Math.max(seen, Math.floor(now - lateMs / 1_000));
  for (let late = firstLate; late <= now; late += 1) {
    const slot = late % worstMs.length;
    worstMs[slot] = Math.max(worstMs[slot] ?? 0, lateMs);
  }
}
