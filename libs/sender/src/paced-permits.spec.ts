import { describe, expect, it } from '@jest/globals';
import { FakeClock, boundedRuns, worstSecond } from '@parley/testing';
import fc from 'fast-check';
import { LocalSlotClock } from './local-slot-clock.ts';
import { PacedPermits } from './paced-permits.ts';
import type { Permit } from './permits.ts';
import { MAX_LATE_MS } from './slot-clock.ts';
import type { SlotClock } from './slot-clock.ts';

/** A case that does not end is a failure, and not a hanging test. */
const bounded = boundedRuns(60_000);

const never = new AbortController().signal;

function setUp({ limitPerSecond = 10, marginMs = 0 } = {}) {
  const clock = new FakeClock();
  const slots = new LocalSlotClock({ clock });
  const margin = { ms: marginMs, answered: () => undefined, throttled: () => undefined };
  const permits = new PacedPermits({ clock, slots, limitPerSecond, margin });
  const departures: number[] = [];
  /** Leaves with the next permit, so much after it came due; tries again until one may be used. */
  const depart = async (lateMs = 0, signal = never): Promise<void> => {
    for (;;) {
      const permit = await permits.reserve(signal);
      if (await permit.due()) {
        if (lateMs > 0) await clock.sleep(lateMs);
        if (permit.use()) {
          departures.push(clock.monotonicMs());
          return;
        }
        lateMs = 0;
      }
      permit.giveBack();
    }
  };
  return { clock, slots, permits, departures, depart };
}

describe('PacedPermits', () => {
  it('hands out the first permit at once', async () => {
    const { clock, permits } = setUp({ marginMs: 15 });
    const permit = await permits.reserve(never);
    expect(await permit.due()).toBe(true);
    expect(permit.use()).toBe(true);
    expect(clock.monotonicMs()).toBe(0);
  });

  it('never lets a sliding second hold more than the limit, whenever permits are asked for', async () => {
    const gapsMs = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), gapsMs, async (limitPerSecond, gaps) => {
        const { clock, departures, depart } = setUp({ limitPerSecond });
        for (const gapMs of gaps) {
          await clock.advance(gapMs);
          void depart();
        }
        await clock.advance(((gaps.length + 1) / limitPerSecond) * 1000);
        expect(departures).toHaveLength(gaps.length);
        expect(worstSecond(departures)).toBeLessThanOrEqual(limitPerSecond);
      }),
      bounded,
    );
  }, 2_000_000);

  it('never lets a sliding second hold more than the limit, however late requests leave and whoever shares the clock', async () => {
    const lateness = fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 0, max: 2 * MAX_LATE_MS }),
    );
    const replicas = fc.array(fc.array(lateness, { minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), replicas, async (limitPerSecond, latenesses) => {
        const clock = new FakeClock();
        const slots = new LocalSlotClock({ clock });
        const margin = { ms: 12, answered: () => undefined, throttled: () => undefined };
        const departures: number[] = [];
        const running = latenesses.map(async (lates) => {
          const permits = new PacedPermits({ clock, slots, limitPerSecond, margin });
          for (const lateMs of lates) {
            const permit = await permits.reserve(never);
            if (await permit.due()) {
              await clock.sleep(lateMs);
              if (permit.use()) departures.push(clock.monotonicMs());
            }
            permit.giveBack();
          }
        });
        await clock.advance((latenesses.flat().length + 1) * 2000);
        await Promise.all(running);
        departures.sort((a, b) => a - b);
        expect(worstSecond(departures)).toBeLessThanOrEqual(limitPerSecond);
      }),
      bounded,
    );
  }, 2_000_000);

  it('leaves on time also when its store is far away, after the first permit that showed it', async () => {
    const { clock, slots, permits } = setUp();
    const pushed: number[] = [];
    const push = slots.push.bind(slots);
    slots.push = (lateMs) => {
      pushed.push(lateMs);
      push(lateMs);
    };
    slots.confirm = async () => {
      await clock.sleep(40);
      return true;
    };
    for (let requests = 0; requests < 20; requests += 1) {
      void (async () => {
        const permit = await permits.reserve(never);
        await clock.sleep(30); // claiming
        if (await permit.due()) permit.use();
      })();
    }
    await clock.advance(3_000);
    expect(pushed).toHaveLength(1);
  });

  it('hands a permit out as early as the slowest of late needed, and later again when the store is near', async () => {
    const { clock, slots, permits } = setUp();
    let confirmMs = 0;
    slots.confirm = async () => {
      await clock.sleep(confirmMs);
      return true;
    };
    /** From being handed out to leaving, of the next permit. */
    const earlyMs = async (ms: number): Promise<number> => {
      confirmMs = ms;
      let early: number | undefined;
      void permits.reserve(never).then(async (permit) => {
        const handedOutMs = clock.monotonicMs();
        if (await permit.due()) permit.use();
        early = clock.monotonicMs() - handedOutMs;
      });
      while (early === undefined) await clock.advance(1);
      return early;
    };
    await earlyMs(0); // due at once
    expect(await earlyMs(70)).toBeCloseTo(70); // late, for nobody knew
    expect(await earlyMs(70)).toBeCloseTo(72);
    expect(await earlyMs(0)).toBeCloseTo(72);
    expect(await earlyMs(0)).toBeCloseTo(72 - 0.1 * (72 - 5));
    for (let permitsLater = 0; permitsLater < 100; permitsLater += 1) await earlyMs(0);
    expect(await earlyMs(0)).toBeCloseTo(5, 1);
  });

  it('uses every permit when requests are always waiting', async () => {
    const { clock, departures, depart } = setUp();
    for (let request = 0; request < 200; request += 1) void depart();
    await clock.advance(9_999);
    expect(departures).toHaveLength(100);
  });

  it('holds everybody back when the provider asks for it, also who has a permit already', async () => {
    const { clock, permits, departures, depart } = setUp();
    for (let request = 0; request < 3; request += 1) void depart();
    await clock.advance(50);
    permits.holdBack(2000);
    await clock.advance(5000);
    expect(departures).toEqual([0, 2050, 2150]);
  });

  it.each([0, 20])('hands on no slot that was revoked by a wait of %d ms', async (delayMs) => {
    const { clock, permits, depart } = setUp({ limitPerSecond: 2 });
    await depart();
    const reserving = permits.reserve(never);
    await clock.advance(100);
    permits.holdBack(delayMs);
    await clock.advance(400);
    const revoked = await reserving;
    expect(await revoked.due()).toBe(false);
    revoked.giveBack();
    const again = permits.reserve(never);
    await clock.advance(500);
    const due = (await again).due();
    await clock.advance(500);
    expect(await due).toBe(true);
  });

  it('does not let a request leave that missed its permit by too much', async () => {
    const { clock, departures, depart } = setUp();
    void depart(MAX_LATE_MS + 1);
    await clock.advance(1000);
    expect(departures).toHaveLength(1);
    expect(departures[0]).toBeGreaterThan(MAX_LATE_MS + 1 - 1e-6);
  });

  it('has one permit out at a time, and hands on what was given back', async () => {
    const { clock, permits } = setUp();
    const first = await permits.reserve(never);
    let second: Permit | undefined;
    void permits.reserve(never).then((permit) => (second = permit));
    await clock.advance(200);
    expect(second).toBeUndefined();
    first.giveBack();
    await clock.advance(0);
    expect(await second?.due()).toBe(true);
    expect(second?.use()).toBe(true);
  });

  it.each([
    [MAX_LATE_MS, true],
    [MAX_LATE_MS + 1, false],
  ])('may be used up to so much after it came due, and no later: %d ms, %p', async (lateMs, used) => {
    const { clock, permits } = setUp();
    const permit = await permits.reserve(never);
    expect(await permit.due()).toBe(true);
    await clock.advance(lateMs);
    expect(permit.use()).toBe(used);
  });

  it('may not be used any more when everybody is told to wait after it came due', async () => {
    const { clock, permits } = setUp();
    const permit = await permits.reserve(never);
    expect(await permit.due()).toBe(true);
    permits.holdBack(100);
    expect(permit.use()).toBe(false);
    await clock.advance(99);
    expect(permit.use()).toBe(false);
  });

  it('loses no time when a permit is given back: the next one comes due when that one would have', async () => {
    const { clock, permits, departures, depart } = setUp();
    await depart();
    const reserving = permits.reserve(never);
    await clock.advance(95);
    const unused = await reserving;
    void depart();
    unused.giveBack();
    unused.giveBack();
    await clock.advance(1000);
    expect(departures).toEqual([0, 100]);
  });

  it('hands on nothing that was given back too late to be used', async () => {
    const { clock, permits, departures, depart } = setUp();
    const unused = await permits.reserve(never);
    await clock.advance(MAX_LATE_MS + 1);
    unused.giveBack();
    await depart();
    void depart();
    await clock.advance(1000);
    expect(departures).toEqual([MAX_LATE_MS + 1, MAX_LATE_MS + 101]);
  });

  it('keeps its distance to a request that left late', async () => {
    const { clock, departures, depart } = setUp();
    void depart(60);
    await clock.advance(60);
    void depart();
    await clock.advance(1000);
    expect(departures[0]).toBe(60);
    expect(departures[1]).toBeGreaterThan(155);
  });

  it('slows down and waits when the provider counts one too many, and tells whoever shares the clock', () => {
    const clock = new FakeClock();
    const slots = new LocalSlotClock({ clock });
    const told: unknown[] = [];
    const holdBack = slots.holdBack.bind(slots);
    slots.holdBack = (...what: Parameters<SlotClock['holdBack']>) => {
      told.push(what);
      holdBack(what[0]);
    };
    const permits = new PacedPermits({ clock, slots, limitPerSecond: 10 });
    expect(permits.pace).toEqual({ nextInMs: 0, intervalMs: 104.5 });
    permits.throttled(300);
    expect(permits.pace).toEqual({ nextInMs: 300, intervalMs: 106.75 });
    expect(told).toEqual([[300, 67.5]]);
  });

  it('learns from answers how much distance it needs', () => {
    const clock = new FakeClock();
    const permits = new PacedPermits({ clock, slots: new LocalSlotClock({ clock }), limitPerSecond: 10 });
    for (let answer = 0; answer < 5; answer += 1) permits.answered(100);
    expect(permits.pace.intervalMs).toBe(101.2);
  });

  it('tells the pace it really has when others use most of the slots, until the limit changes', async () => {
    const clock = new FakeClock();
    const slots = new LocalSlotClock({ clock });
    const margin = { ms: 0, answered: () => undefined, throttled: () => undefined };
    const replicas = Array.from(
      { length: 4 },
      () => new PacedPermits({ clock, slots, limitPerSecond: 10, margin }),
    );
    for (const permits of replicas) {
      void (async () => {
        for (let request = 0; request < 20; request += 1) {
          const permit = await permits.reserve(never);
          if (await permit.due()) permit.use();
          permit.giveBack();
        }
      })();
    }
    await clock.advance(5000);
    for (const { pace } of replicas) {
      expect(pace.intervalMs).toBeGreaterThan(350);
      expect(pace.intervalMs).toBeLessThan(450);
    }
    replicas[0]?.setLimit(20);
    expect(replicas[0]?.pace.intervalMs).toBe(50);
    await clock.advance(10_000);
  });

  it('takes no pause between requests for its pace', async () => {
    const { clock, permits, depart } = setUp();
    for (let request = 0; request < 5; request += 1) {
      await depart();
      await clock.advance(3000);
    }
    expect(permits.pace.intervalMs).toBe(100);
  });

  it('refuses to be used twice', async () => {
    const { permits } = setUp();
    const permit = await permits.reserve(never);
    expect(permit.use()).toBe(true);
    expect(() => permit.use()).toThrow('once');
    permit.giveBack();
  });

  it('passes the turn on when a waiting request is given up', async () => {
    const { clock, departures, depart } = setUp();
    const given = new AbortController();
    await depart();
    const second = depart(0, given.signal);
    void depart();
    await clock.advance(10);
    given.abort(new Error('given up'));
    await expect(second).rejects.toThrow('given up');
    await clock.advance(200);
    expect(departures).toHaveLength(2);
  });

  it('keeps to a new limit from the next permit on', async () => {
    const { clock, permits, departures, depart } = setUp();
    for (let request = 0; request < 100; request += 1) void depart();
    await clock.advance(999);
    permits.setLimit(2);
    await clock.advance(2001);
    expect(departures.filter((ms) => ms < 1000)).toHaveLength(10);
    expect(departures.filter((ms) => ms >= 1000).length).toBeLessThanOrEqual(5);
  });

  it('tells how soon and how often permits come due', async () => {
    const { clock, permits, depart } = setUp();
    expect(permits.pace).toEqual({ nextInMs: 0, intervalMs: 100 });
    for (let request = 0; request < 10; request += 1) void depart();
    await clock.advance(450);
    expect(permits.pace).toEqual({ nextInMs: 50, intervalMs: 100 });
    permits.holdBack(3000);
    expect(permits.pace.nextInMs).toBe(3000);
  });
});
