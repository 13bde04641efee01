import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@parley/testing';
import { TROUBLES, faultSchedule } from './fault-schedule.ts';
import type { Round } from './fault-schedule.ts';
import { ILL_MOODS } from '../traffic/moody-provider.ts';

function rounds(seed: number, count = 60): Round[] {
  const schedule = faultSchedule(seededRandom(seed));
  return Array.from({ length: count }, () => schedule.next().value);
}

describe('faultSchedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(rounds(1)).toEqual(rounds(1));
    expect(rounds(1)).not.toEqual(rounds(2));
  });

  it('has every kind once before any comes up again', () => {
    for (const kinds of [
      rounds(3).flatMap(({ trouble }) => trouble ?? []),
      rounds(3).flatMap(({ mood }) => mood ?? []),
    ]) {
      const all = new Set<string>(kinds);
      expect(new Set(kinds.slice(0, all.size))).toEqual(all);
    }
    const met = new Set(rounds(3).flatMap(({ trouble = 'none', mood = 'none' }) => [trouble, mood]));
    expect(met).toEqual(new Set([...TROUBLES, ...ILL_MOODS, 'none']));
  });

  it('has nothing beside a Redis in trouble, and something in every round', () => {
    for (const { trouble, mood } of rounds(4, 500)) {
      expect(trouble ?? mood).toBeDefined();
      expect(trouble?.startsWith('Redis') === true && mood !== undefined).toBe(false);
    }
  });
});
