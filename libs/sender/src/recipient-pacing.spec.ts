import { describe, expect, it } from '@jest/globals';
import { FakeClock, boundedRuns } from '@parley/testing';
import fc from 'fast-check';
import { META_PAIR_LIMIT, RecipientPacing } from './recipient-pacing.ts';

describe('RecipientPacing', () => {
  it('lets Meta’s 45 go to one recipient at once, then one in six seconds', async () => {
    const clock = new FakeClock();
    const pacing = new RecipientPacing({ clock, pace: META_PAIR_LIMIT });
    for (let message = 0; message < 45; message += 1) {
      expect(pacing.waitMs('A')).toBe(0);
      pacing.took('A');
    }
    for (let message = 0; message < 3; message += 1) {
      expect(pacing.waitMs('A')).toBe(6000);
      await clock.advance(6000);
      expect(pacing.waitMs('A')).toBe(0);
      pacing.took('A');
    }
    expect(pacing.waitMs('B')).toBe(0);
  });

  it('gives back no more than a burst, however long a recipient was silent', async () => {
    const clock = new FakeClock();
    const pacing = new RecipientPacing({ clock, pace: { intervalMs: 100, burst: 2 } });
    pacing.took('A');
    await clock.advance(1_000_000);
    pacing.took('A');
    pacing.took('A');
    expect(pacing.waitMs('A')).toBe(100);
  });

  it('never lets a recipient have more than a burst and one per interval, whoever else sends', async () => {
    const pace = fc.record({
      intervalMs: fc.integer({ min: 1, max: 50 }),
      burst: fc.integer({ min: 1, max: 5 }),
    });
    const gapsMs = fc.array(fc.tuple(fc.constantFrom('A', 'B'), fc.integer({ min: 0, max: 30 })), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(pace, gapsMs, async ({ intervalMs, burst }, gaps) => {
        const clock = new FakeClock();
        const pacing = new RecipientPacing({ clock, pace: { intervalMs, burst } });
        const taken: number[] = [];
        for (const [recipient, gapMs] of gaps) {
          if (gapMs > 0) await clock.advance(gapMs);
          if (pacing.waitMs(recipient) > 0) continue;
          pacing.took(recipient);
          if (recipient === 'A') taken.push(clock.monotonicMs());
        }
        for (const [from, fromMs] of taken.entries()) {
          for (const [to, toMs] of taken.entries()) {
            if (to < from) continue;
            expect(to - from + 1).toBeLessThanOrEqual(burst + (toMs - fromMs) / intervalMs + 1e-9);
          }
        }
      }),
      boundedRuns(60_000),
    );
  }, 2_000_000);

  it('still knows who borrowed after it forgot those who owe nothing', async () => {
    const clock = new FakeClock();
    const pacing = new RecipientPacing({ clock, pace: { intervalMs: 1000, burst: 2 } });
    for (let other = 0; other < 990; other += 1) pacing.took(`past-${other}`);
    await clock.advance(5000);
    for (let borrowed = 0; borrowed < 2; borrowed += 1) pacing.took('A');
    for (let other = 0; other < 2000; other += 1) pacing.took(`new-${other}`);
    expect(pacing.waitMs('A')).toBe(1000);
    expect(pacing.waitMs('past-1')).toBe(0);
  });

  it('remembers few more than those who owe something, however many there were', async () => {
    const clock = new FakeClock();
    const pacing = new RecipientPacing({ clock, pace: { intervalMs: 1000, burst: 2 } });
    let most = 0;
    for (let second = 0; second < 50; second += 1) {
      for (let other = 0; other < 100; other += 1) pacing.took(`${second}-${other}`);
      most = Math.max(most, pacing.size);
      await clock.advance(1000);
    }
    expect(most).toBeLessThanOrEqual(1000);
    for (let other = 0; other < 1000; other += 1) pacing.took('A');
    expect(pacing.size).toBe(1);
  });
});
