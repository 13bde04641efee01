import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@parley/testing';
import { fitLine } from './resources.ts';

describe('fitLine', () => {
  it('finds the slope of points on a line, without doubt', () => {
    const { slope, within } = fitLine([0, 1, 2, 5].map((x) => ({ x, y: 3 * x - 1 })));
    expect(slope).toBeCloseTo(3, 10);
    expect(within).toBeCloseTo(0, 6);
  });

  it('is as doubtful as its points stray', () => {
    const random = seededRandom(1);
    const strayed = Array.from({ length: 400 }, (_, x) => ({ x, y: 0.5 * x + 20 * (random() - 0.5) }));
    const { slope, within } = fitLine(strayed);
    expect(Math.abs(slope - 0.5)).toBeLessThan(2 * within);
    expect(within).toBeGreaterThan(0.001);
    expect(within).toBeLessThan(0.01);
  });

  it('says nothing of two points', () => {
    expect(fitLine([0, 1].map((x) => ({ x, y: x })))).toEqual({ slope: NaN, within: NaN });
  });
});
