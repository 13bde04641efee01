import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@parley/testing';
import { PermitMargin } from './permit-margin.ts';

function setUp(): { clock: FakeClock; margin: PermitMargin; answered: (...durationsMs: number[]) => void } {
  const clock = new FakeClock();
  const margin = new PermitMargin({ clock });
  const answered = (...durationsMs: number[]) => {
    for (const durationMs of durationsMs) margin.answered(durationMs);
  };
  return { clock, margin, answered };
}

describe('PermitMargin', () => {
  it('stays wide while too few answers are known to tell, however long that is', async () => {
    const { clock, margin, answered } = setUp();
    answered(10, 10, 10, 10);
    await clock.advance(3_600_000);
    expect(margin.ms).toBe(45);
  });

  it('follows the variation of the first answers, with headroom', () => {
    const { margin, answered } = setUp();
    answered(120, 100, 110, 300, 105);
    // The slowest is the odd one: from 100 to 120.
    expect(margin.ms).toBeCloseTo(20 * 1.15);
  });

  it('never falls below what timers alone need', async () => {
    const { clock, margin, answered } = setUp();
    answered(100, 100, 100, 100, 100);
    expect(margin.ms).toBe(12);
    await clock.advance(3_600_000);
    expect(margin.ms).toBe(12);
  });

  it('is no wider than at the start for variation alone: that may be the provider’s work', () => {
    const { margin, answered } = setUp();
    answered(100, 900, 1700, 2500, 3300);
    expect(margin.ms).toBe(45);
  });

  it('widens with the variation of later answers, and does not narrow with it', () => {
    const { margin, answered } = setUp();
    answered(100, 100, 100, 100, 100);
    answered(...Array.from({ length: 3 }, () => 130));
    expect(margin.ms).toBeCloseTo(30 * 1.15);
    answered(...Array.from({ length: 15 }, () => 115));
    expect(margin.ms).toBeCloseTo(30 * 1.15);
  });

  it('is not widened by the provider’s own slowness once it has settled', () => {
    const { margin, answered } = setUp();
    answered(...Array.from({ length: 32 }, () => 100));
    answered(...Array.from({ length: 32 }, (_, index) => 100 + 30 * index));
    expect(margin.ms).toBe(12);
  });

  it('counts an odd answer among few as odd', () => {
    const { margin, answered } = setUp();
    answered(...Array.from({ length: 20 }, () => 100), 400);
    expect(margin.ms).toBe(12);
  });

  it('narrows by a tenth of a millisecond per second', async () => {
    const { clock, margin, answered } = setUp();
    answered(100, 100, 120, 130, 400);
    expect(margin.ms).toBeCloseTo(34.5);
    await clock.advance(60_000);
    expect(margin.ms).toBeCloseTo(28.5);
    await clock.advance(3_600_000);
    expect(margin.ms).toBe(12);
  });

  it('grows by half when the provider counted one too many, from what it had narrowed to', async () => {
    const { clock, margin, answered } = setUp();
    answered(100, 100, 120, 130, 400);
    await clock.advance(60_000);
    margin.throttled();
    expect(margin.ms).toBeCloseTo(28.5 * 1.5);
    await clock.advance(10_000);
    expect(margin.ms).toBeCloseTo(28.5 * 1.5 - 1);
  });

  it('grows at once to the variation seen when it had narrowed far below it', () => {
    const { margin, answered } = setUp();
    answered(...Array.from({ length: 32 }, () => 100));
    answered(...Array.from({ length: 16 }, () => 135));
    expect(margin.ms).toBe(12);
    margin.throttled();
    expect(margin.ms).toBeCloseTo(35 * 1.15);
  });

  it('is not narrowed by answers once it grew', () => {
    const { margin, answered } = setUp();
    answered(100, 100, 100, 100, 100);
    margin.throttled();
    answered(100, 100);
    expect(margin.ms).toBe(18);
  });

  it('is never wider than a tenth of the second', () => {
    const { margin } = setUp();
    for (let times = 0; times < 10; times += 1) margin.throttled();
    expect(margin.ms).toBe(100);
  });

  it('grows before a single answer is known, too', () => {
    const { margin } = setUp();
    margin.throttled();
    expect(margin.ms).toBe(67.5);
  });

  it('remembers the last 32 answers', () => {
    const { margin, answered } = setUp();
    answered(...Array.from({ length: 16 }, () => 500));
    answered(...Array.from({ length: 16 }, () => 500));
    answered(...Array.from({ length: 32 }, () => 100));
    margin.throttled();
    expect(margin.ms).toBe(18);
  });
});
