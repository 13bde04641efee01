import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import { SettableClock } from './redis/settable-clock.ts';
import { SlotCrowd } from './redis/slot-crowd.ts';
import { worstSecond } from './redis/slot-user.ts';

const url = process.env['REDIS_URL'];

if (url === undefined) {
  describe.skip('slots while the clock of Redis is set (skipped: REDIS_URL is not set)', () => {
    it('keeps the limit', () => undefined);
  });
} else {
  describe('slots while the clock of Redis is set', () => slotsWhileTheClockIsSet(url));
}

function slotsWhileTheClockIsSet(at: string): void {
  it.concurrent.each([
    { step: 'forwards by an hour', byMs: 3_600_000 },
    { step: 'backwards by an hour', byMs: -3_600_000 },
    { step: 'forwards by half a second', byMs: 500 },
    { step: 'backwards by half a second', byMs: -500 },
  ])(
    'keeps the limit when it is set $step',
    async ({ byMs }) => {
      const clock = new SettableClock(at);
      const crowds = [1, 10].map((limitPerSecond) => {
        const users = new SlotCrowd([at, at, at], () => clock.openLink());
        users.use(limitPerSecond);
        return users;
      });
      try {
        await until('they share', () => crowds.every(({ uses }) => uses.length > 2), { timeoutMs: 10_000 });
        const [link] = crowds.flatMap(({ links }) => links);
        if (!link) throw new Error('no link');
        await clock.set(link, byMs);
        const steppedMs = performance.now();
        await until('all notice', () => crowds.every((users) => users.count('clock-stepped') === 3));
        await sleep(3_500);
        for (const users of crowds) {
          expect(worstSecond(users.uses)).toBeLessThanOrEqual(users.limitPerSecond);
          expect(users.usesIn(steppedMs + 2_500, 2_000).length).toBeGreaterThanOrEqual(users.limitPerSecond);
          expect(users.events).toHaveLength(3);
          for (const event of users.events) {
            if (event.kind !== 'clock-stepped') throw new Error(event.kind);
            expect(Math.abs(event.byMs - byMs)).toBeLessThan(50);
          }
        }
      } finally {
        await Promise.all(crowds.map((users) => users.close()));
      }
    },
    30_000,
  );
}
