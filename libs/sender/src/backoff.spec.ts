import { describe, expect, it } from '@jest/globals';
import { boundMs, jitteredDelayMs } from './backoff.ts';

const backoff = { firstMs: 250, maxMs: 30_000 };

describe('boundMs', () => {
  it('doubles from the first failure on, up to the most', () => {
    expect([1, 2, 3, 4].map((failures) => boundMs(backoff, failures))).toEqual([250, 500, 1000, 2000]);
    expect(boundMs(backoff, 8)).toBe(30_000);
    expect(boundMs(backoff, 1_000_000)).toBe(30_000);
  });
});

describe('jitteredDelayMs', () => {
  it('lies anywhere between nothing and the bound', () => {
    expect(jitteredDelayMs(backoff, 3, () => 0)).toBe(0);
    expect(jitteredDelayMs(backoff, 3, () => 0.5)).toBe(500);
    expect(jitteredDelayMs(backoff, 3, () => 0.999)).toBeCloseTo(999);
  });
});
