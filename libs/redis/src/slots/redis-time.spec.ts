import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { RedisTime } from './redis-time.ts';

/** The clock of Redis is so much ahead of the monotonic one. */
const AHEAD_MS = 1_700_000_000_000;

function sample(
  sentMs: number,
  there: number,
  back: number,
  ahead = AHEAD_MS,
): Parameters<RedisTime['observe']>[0] {
  return { sentMs, redisMs: sentMs + there + ahead, receivedMs: sentMs + there + back };
}

describe('RedisTime', () => {
  it('is late by the fastest way back of the last seconds, however slow the others were', () => {
    const time = new RedisTime();
    for (const [index, back] of [300, 2, 80, 450].entries()) time.observe(sample(index * 500, 1, back));
    expect(time.toMonotonic(AHEAD_MS + 5_000)).toBeCloseTo(5_002, 2);
  });

  it('takes no moment for a later one than it was there', () => {
    const time = new RedisTime();
    for (const [index, back] of [300, 2, 80, 450].entries()) time.observe(sample(index * 500, 1, back));
    expect(time.toRedis(5_000)).toBeCloseTo(AHEAD_MS + 4_998, 2);
  });

  it('forgets fast ways after ten seconds, so that it follows clocks that drift apart', () => {
    const time = new RedisTime();
    time.observe(sample(0, 1, 1));
    for (let second = 1; second <= 60; second++)
      time.observe(sample(second * 1_000, 1, 1, AHEAD_MS - second * 0.5));
    expect(time.toMonotonic(AHEAD_MS)).toBeGreaterThanOrEqual(26);
  });

  it('never takes slow answers for a clock that was set', () => {
    const ways = fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 })));
    fc.assert(
      fc.property(ways, (journeys) => {
        const time = new RedisTime();
        return journeys.every(([there, back], index) => time.observe(sample(index * 300, there, back)) === 0);
      }),
      { numRuns: propertyRuns() },
    );
  });

  it.each([-3_600_000, -500, -30, 30, 500, 3_600_000])('notices a clock that was set by %i ms', (byMs) => {
    const time = new RedisTime();
    time.observe(sample(0, 1, 1));
    time.observe(sample(1_000, 200, 5));
    expect(time.observe(sample(2_000, 1, 1, AHEAD_MS + byMs))).toBeCloseTo(byMs, 2);
    expect(time.observe(sample(3_000, 1, 1, AHEAD_MS + byMs))).toBe(0);
    expect(time.toMonotonic(AHEAD_MS + byMs)).toBeCloseTo(1, 2);
  });

  it('notices a step during a long silence', () => {
    const time = new RedisTime();
    time.observe(sample(0, 1, 1));
    expect(time.observe(sample(600_000, 1, 1, AHEAD_MS + 5_000))).toBeCloseTo(5_000, 2);
  });
});
