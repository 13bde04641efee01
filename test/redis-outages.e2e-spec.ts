import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalRedis } from '@parley/provisioning';
import { until } from '@parley/testing';
import { startOwnRedis } from './redis/own-redis.ts';
import { SlotCrowd } from './redis/slot-crowd.ts';
import { SlowProxy } from './redis/slow-proxy.ts';
import { worstSecond } from './redis/slot-user.ts';

const OWN_REDISES = 5;

if (process.env['REDIS_URL'] === undefined) {
  describe.skip('slots through outages of Redis (skipped: REDIS_URL is not set)', () => {
    it('keeps the limit', () => undefined);
  });
} else {
  describe('slots through outages of Redis', slotsThroughOutages);
}

/** All at the same time, each with a Redis of its own: they mostly wait. */
function slotsThroughOutages(): void {
  const redises: LocalRedis[] = [];

  beforeAll(async () => {
    const started = await Promise.all(Array.from({ length: OWN_REDISES }, startOwnRedis));
    redises.push(...started.filter((redis) => redis !== undefined));
    if (redises.length < OWN_REDISES) throw new Error('no redis-server that could be stopped');
  }, 60_000);
  afterAll(() => Promise.all(redises.map((redis) => redis.stop())), 20_000);

  function during(outage: string, test: (redis: LocalRedis) => Promise<void>, index: number): void {
    it.concurrent(
      outage,
      async () => {
        const redis = redises[index];
        if (!redis) throw new Error('not started');
        await test(redis);
      },
      40_000,
    );
  }

  [
    { outage: 'keeps the limit when everything is flushed', test: flushed },
    { outage: 'paces each replica within its share while Redis is down', test: killed },
    { outage: 'keeps the limit when Redis restarts in a moment', test: restarted },
    { outage: 'does not wait for a Redis that is stopped and holds its sockets', test: paused },
    { outage: 'takes a Redis that answers after two seconds for away', test: slow },
  ].forEach(({ outage, test }, index) => during(outage, test, index));
}

async function flushed({ url }: LocalRedis): Promise<void> {
  await withCrowds([1, 2, 10], url, async (crowds) => {
    for (let flushes = 0; flushes < 3; flushes++) {
      await sleep(1_300);
      await crowds[0]?.links[0]?.run((redis) => redis.flushall());
    }
    await sleep(1_500);
    expectWithinLimit(crowds);
    expect(crowds.at(-1)?.uses.length).toBeGreaterThan(25);
  });
}

async function killed({ url, server }: LocalRedis): Promise<void> {
  await withCrowds([1, 3, 10], url, async (crowds) => {
    await sleep(2_500);
    await server.kill();
    await sleep(4_800);
    const localFromMs = performance.now() - 2_000;
    for (const users of crowds) {
      const { limitPerSecond, events, account } = users;
      const share = Math.max(1, Math.floor(limitPerSecond / 3));
      const used = users.usesIn(localFromMs, 2_000).length;
      expect(used).toBeGreaterThanOrEqual(2 * Math.min(limitPerSecond, 3 * share) * 0.8 - 1);
      expect(used).toBeLessThanOrEqual(2 * limitPerSecond);
      expect(events).toContainEqual({ kind: 'permits-local', account, limitPerSecond: share, replicas: 3 });
      expect(users.count('permits-local')).toBe(3);
    }
    await server.start();
    await until('all share again', () => crowds.every((users) => users.count('permits-shared') === 3));
    await sleep(3_500);
    const sharedFromMs = performance.now() - 1_500;
    expectWithinLimit(crowds);
    for (const users of crowds) {
      expect(users.usesIn(sharedFromMs, 1_500).length).toBeGreaterThanOrEqual(users.limitPerSecond);
    }
  });
}

async function restarted({ url, server }: LocalRedis): Promise<void> {
  await withCrowds([1, 10], url, async (crowds) => {
    await sleep(2_000);
    await server.kill();
    await server.start();
    await sleep(4_500);
    expectWithinLimit(crowds);
    expect(crowds.at(-1)?.usesIn(performance.now() - 1_500, 1_500).length).toBeGreaterThan(10);
    expect(crowds.flatMap(({ events }) => events)).toEqual([]);
  });
}

async function paused({ url, server }: LocalRedis): Promise<void> {
  await withCrowds([10], url, async (crowds) => {
    await sleep(1_500);
    server.pause();
    await throughLocalPacing(crowds, () => server.resume());
  });
}

async function slow({ url }: LocalRedis): Promise<void> {
  const proxy = await SlowProxy.listen({ host: '127.0.0.1', port: Number(new URL(url).port) });
  try {
    await withCrowds([10], `redis://127.0.0.1:${proxy.port}`, async (crowds) => {
      await sleep(1_500);
      proxy.delayMs = 1_000; // there, and as much back
      await throughLocalPacing(crowds, () => (proxy.delayMs = 0));
    });
  } finally {
    await proxy.close();
  }
}

async function throughLocalPacing(crowds: readonly SlotCrowd[], mend: () => void): Promise<void> {
  await until('all pace themselves', () => crowds.every((users) => users.count('permits-local') === 3));
  await sleep(1_500);
  for (const users of crowds) {
    expect(users.usesIn(performance.now() - 1_000, 1_000).length).toBeGreaterThanOrEqual(7);
  }
  mend();
  await until('all share again', () => crowds.every((users) => users.count('permits-shared') === 3), {
    timeoutMs: 10_000,
  });
  await sleep(2_500);
  expectWithinLimit(crowds);
}

/** Three replicas for each limit. */
async function withCrowds(
  limits: readonly number[],
  url: string,
  test: (crowds: readonly SlotCrowd[]) => Promise<void>,
): Promise<void> {
  const crowds = limits.map((limitPerSecond) => {
    const users = new SlotCrowd([url, url, url]);
    users.use(limitPerSecond);
    return users;
  });
  try {
    await test(crowds);
  } finally {
    await Promise.all(crowds.map((users) => users.close()));
  }
}

function expectWithinLimit(crowds: readonly SlotCrowd[]): void {
  for (const { uses, limitPerSecond } of crowds) {
    expect(worstSecond(uses)).toBeLessThanOrEqual(limitPerSecond);
  }
}
