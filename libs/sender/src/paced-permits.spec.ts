import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@parley/testing';
import fc from 'fast-check';
import { PacedPermits } from './paced-permits.ts';

const never = new AbortController().signal;

describe('PacedPermits', () => {
  it('hands out the first permit at once', async () => {
    const clock = new FakeClock();
    await new PacedPermits({ clock, limitPerSecond: 10, marginMs: 15 }).acquire(never);
    expect(clock.monotonicMs()).toBe(0);
  });

  it('never lets a sliding second hold more than the limit, whenever permits are asked for', async () => {
    const gapsMs = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), gapsMs, async (limitPerSecond, gaps) => {
        const clock = new FakeClock();
        const permits = new PacedPermits({ clock, limitPerSecond, marginMs: 0 });
        const departures: number[] = [];
        for (const gapMs of gaps) {
          await clock.advance(gapMs);
          void permits.acquire(never).then(() => departures.push(clock.monotonicMs()));
        }
        await clock.advance(((gaps.length + 1) / limitPerSecond) * 1000);
        expect(departures).toHaveLength(gaps.length);
        for (const [index, startMs] of departures.entries()) {
          const within = departures.slice(index).filter((atMs) => atMs < startMs + 1000 - 1e-6);
          expect(within.length).toBeLessThanOrEqual(limitPerSecond);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('uses every permit when requests are always waiting', async () => {
    const clock = new FakeClock();
    const permits = new PacedPermits({ clock, limitPerSecond: 10, marginMs: 0 });
    let departed = 0;
    for (let request = 0; request < 200; request += 1)
      void permits.acquire(never).then(() => (departed += 1));
    await clock.advance(9_999);
    expect(departed).toBe(100);
  });

  it('holds everybody back when the provider asks for it', async () => {
    const clock = new FakeClock();
    const permits = new PacedPermits({ clock, limitPerSecond: 10, marginMs: 0 });
    const departures: number[] = [];
    for (let request = 0; request < 3; request += 1) {
      void permits.acquire(never).then(() => departures.push(clock.monotonicMs()));
    }
    await clock.advance(50);
    permits.holdBack(2000);
    await clock.advance(5000);
    expect(departures).toEqual([0, 2050, 2150]);
  });

  it('passes the turn on when a waiting request is given up', async () => {
    const clock = new FakeClock();
    const permits = new PacedPermits({ clock, limitPerSecond: 10, marginMs: 0 });
    const given = new AbortController();
    await permits.acquire(never);
    const second = permits.acquire(given.signal);
    const third = permits.acquire(never).then(() => clock.monotonicMs());
    given.abort(new Error('given up'));
    await expect(second).rejects.toThrow('given up');
    await clock.advance(100);
    await expect(third).resolves.toBe(100);
  });
});
