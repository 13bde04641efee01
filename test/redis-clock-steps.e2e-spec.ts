import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { RedisLink } from '@parley/redis';
import { until } from '@parley/testing';
import { SettableClock } from './redis/settable-clock.ts';
import { SHARED_REDIS_URL, describeWithRedis } from './redis/shared-redis.ts';
import { withCrowds } from './redis/slot-crowd.ts';

describeWithRedis('slots while the clock of Redis is set (needs REDIS_URL)', () => {
  it.concurrent.each([
    { step: 'forwards by an hour', byMs: 3_600_000 },
    { step: 'backwards by an hour', byMs: -3_600_000 },
    { step: 'forwards by half a second', byMs: 500 },
    { step: 'backwards by half a second', byMs: -500 },
  ])(
    'keeps the limit when it is set $step',
    async ({ byMs }) => {
      const clock = new SettableClock(SHARED_REDIS_URL);
      const openLink = (): RedisLink => clock.openLink();
      await withCrowds([1, 10], { url: SHARED_REDIS_URL, openLink }, async (crowds) => {
        await until('they share', () => crowds.every(({ uses }) => uses.length > 2), { timeoutMs: 10_000 });
        const [link] = crowds.flatMap(({ links }) => links);
        if (!link) throw new Error('no link');
        await clock.set(link, byMs);
        const steppedMs = performance.now();
        await until('all notice', () => crowds.every((users) => users.count('clock-stepped') === 3));
        await sleep(3_500);
        for (const users of crowds) {
          expect(users.worstSecond).toBeLessThanOrEqual(users.limitPerSecond);
          expect(users.usesIn(steppedMs + 2_500, 2_000).length).toBeGreaterThanOrEqual(users.limitPerSecond);
          expect(users.events).toHaveLength(3);
          for (const event of users.events) {
            if (event.kind !== 'clock-stepped') throw new Error(event.kind);
            expect(Math.abs(event.byMs - byMs)).toBeLessThan(50);
          }
        }
      });
    },
    30_000,
  );
});
