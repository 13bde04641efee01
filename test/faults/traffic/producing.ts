import { setTimeout as sleep } from 'node:timers/promises';
import { BusError } from '@parley/kafka';
import type { Backlog } from '../consumer/backlog.ts';

const REPEAT_AFTER_MS = 300;

/** Writes records, so many a second, until the signal fires; one that the broker did not acknowledge once more. */
export async function keepProducing(backlog: Backlog, perSecond: number, over: AbortSignal): Promise<void> {
  const beganAtMs = performance.now();
  const before = backlog.produced;
  while (!over.aborted) {
    const due = before + Math.floor(((performance.now() - beganAtMs) / 1_000) * perSecond);
    const isWritten =
      backlog.produced >= due || (await produced(backlog, Math.min(due - backlog.produced, 20)));
    await sleep(isWritten ? 1_000 / perSecond : REPEAT_AFTER_MS);
  }
}

async function produced(backlog: Backlog, count: number): Promise<boolean> {
  try {
    await backlog.produce(count);
    return true;
  } catch (error) {
    if (!(error instanceof BusError) || !error.retryable) throw error;
    // What may be written already must not come after what follows it.
    await error.late;
    return false;
  }
}
