import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PacedTask } from './paced-task.ts';

const INTERVAL_MS = 1_000;

describe('PacedTask', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('makes two runs of a flood of wishes: one at once, and one an interval later for all others', async () => {
    const starts: number[] = [];
    const task = new PacedTask(() => Promise.resolve(void starts.push(performance.now())), INTERVAL_MS);
    for (let wish = 0; wish < 100; wish += 1) {
      task.request();
      await jest.advanceTimersByTimeAsync(1);
    }
    await jest.advanceTimersByTimeAsync(10 * INTERVAL_MS);
    expect(starts).toHaveLength(2);
    expect((starts[1] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(INTERVAL_MS);
  });

  it('never runs twice at a time, and meets a wish made during a run by one more', async () => {
    const runs: (() => void)[] = [];
    const task = new PacedTask(() => new Promise((resolve) => void runs.push(resolve)), INTERVAL_MS);
    task.request();
    await jest.advanceTimersByTimeAsync(0);
    task.request();
    task.request();
    await jest.advanceTimersByTimeAsync(10 * INTERVAL_MS);
    expect(runs).toHaveLength(1);
    runs[0]?.();
    await jest.advanceTimersByTimeAsync(10 * INTERVAL_MS);
    expect(runs).toHaveLength(2);
  });

  it('drops what is running when it starts anew, and waits for no interval then', async () => {
    const signals: AbortSignal[] = [];
    const task = new PacedTask((signal) => new Promise(() => void signals.push(signal)), INTERVAL_MS);
    task.request();
    await jest.advanceTimersByTimeAsync(0);
    task.restart();
    await jest.advanceTimersByTimeAsync(0);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    task.cancel();
    expect(signals[1]?.aborted).toBe(true);
  });
});
