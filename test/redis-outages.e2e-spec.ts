import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { LocalRedis } from '@parley/provisioning';
import { until } from '@parley/testing';
import { describeWithRedisServer, startOwnRedis } from './redis/own-redis.ts';
import { SlotCrowd, withCrowds } from './redis/slot-crowd.ts';
import type { SlotUse } from './redis/slot-user.ts';
import { SlowProxy } from './redis/slow-proxy.ts';

const OWN_REDISES = 6;
const SETUP_TIMEOUT_MS = 60_000;
const TEST_TIMEOUT_MS = 40_000;

/** All at the same time, each with a Redis of its own: they mostly wait. */
describeWithRedisServer('slots through outages of Redis (needs redis-server)', () => {
  const redises: LocalRedis[] = [];
  beforeAll(async () => {
    redises.push(...(await Promise.all(Array.from({ length: OWN_REDISES }, startOwnRedis))));
  }, SETUP_TIMEOUT_MS);
  afterAll(() => Promise.all(redises.map((redis) => redis.stop())), SETUP_TIMEOUT_MS);

  const on = (index: number, test: (redis: LocalRedis) => Promise<void>) => async (): Promise<void> => {
    const redis = redises[index];
    if (!redis) throw new Error('not started');
    await test(redis);
  };

  it.concurrent('keeps the limit when everything is flushed', on(0, flushed), TEST_TIMEOUT_MS);
  it.concurrent('paces each replica within its share while Redis is down', on(1, killed), TEST_TIMEOUT_MS);
  it.concurrent('keeps the limit when Redis restarts in a moment', on(2, restarted), TEST_TIMEOUT_MS);
  it.concurrent(
    'does not wait for a Redis that is stopped and holds its sockets',
    on(3, paused),
    TEST_TIMEOUT_MS,
  );
  it.concurrent('takes a Redis that answers after two seconds for away', on(4, slow), TEST_TIMEOUT_MS);
  it.concurrent(
    'goes on while one comes late, and while it comes back after it alone was away',
    on(5, oneAway),
    TEST_TIMEOUT_MS,
  );
  it.concurrent(
    'leaves a clear second between the slots of its own and the shared ones of a replica that alone was away',
    on(5, oneAlone),
    TEST_TIMEOUT_MS,
  );
});

async function flushed({ url }: LocalRedis): Promise<void> {
  await withCrowds([1, 2, 10], { url }, async (crowds) => {
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
  await withCrowds([1, 3, 10], { url }, async (crowds) => {
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
  await withCrowds([1, 10], { url }, async (crowds) => {
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
  await withCrowds([10], { url }, async (crowds) => {
    await sleep(1_500);
    server.pause();
    await throughLocalPacing(crowds, () => server.resume());
  });
}

async function slow({ url }: LocalRedis): Promise<void> {
  await withProxy(url, (proxy) =>
    withCrowds([10], { url: `redis://127.0.0.1:${proxy.port}` }, async (crowds) => {
      await sleep(1_500);
      proxy.delayMs = 1_000; // there, and as much back
      await throughLocalPacing(crowds, () => (proxy.delayMs = 0));
    }),
  );
}

async function oneAway({ url }: LocalRedis): Promise<void> {
  await withProxy(url, async (proxy) => {
    const users = new SlotCrowd([url, url, `redis://127.0.0.1:${proxy.port}`]);
    try {
      for (const returns of [1, 2]) {
        proxy.isCut = true;
        if (returns === 1) users.use(10);
        await until('it paces itself', () => users.count('permits-local') === returns);
        const mendedMs = performance.now();
        proxy.isCut = false;
        await until('it shares again', () => users.count('permits-shared') === returns);
        const sharedMs = performance.now() + 1_000; // no slot of its own comes due that late
        const shared = (): readonly SlotUse[] => users.usesIn(sharedMs, Infinity);
        await until('it uses shared slots', () => shared().some(({ by }) => by === 2));
        const others = users.usesIn(mendedMs, Infinity).filter(({ by }) => by !== 2);
        const moments = [mendedMs, ...others.map(({ atMs }) => atMs).toSorted((a, b) => a - b)];
        const gaps = moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? 0));
        expect(Math.max(...gaps)).toBeLessThan(1_000); // as long as for a restart; for an outage of all, three
      }
    } finally {
      await users.close();
    }
  });
}

/** The other one is there, and sends nothing: no slot but those of the one that was away counts. */
async function oneAlone({ url }: LocalRedis): Promise<void> {
  await withProxy(url, async (proxy) => {
    const users = new SlotCrowd([`redis://127.0.0.1:${proxy.port}`, url]);
    try {
      const { uses } = users;
      users.use(1, { replicas: 1 });
      await until('they share', () => uses.length > 0 && users.links.every(({ available }) => available));
      proxy.isCut = true;
      await until('it paces itself', () => users.count('permits-local') === 1);
      const shared = uses.length;
      await until('it uses slots of its own', () => uses.length > shared);
      proxy.isCut = false;
      await until('it shares again', () => users.count('permits-shared') === 1);
      const own = uses.length;
      await until('it uses shared slots', () => uses.length > own + 2);
      expect(users.worstSecond).toBe(1);
    } finally {
      await users.close();
    }
  });
}

async function withProxy(url: string, test: (proxy: SlowProxy) => Promise<void>): Promise<void> {
  const proxy = await SlowProxy.listen({ host: '127.0.0.1', port: Number(new URL(url).port) });
  try {
    await test(proxy);
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

function expectWithinLimit(crowds: readonly SlotCrowd[]): void {
  for (const users of crowds) {
    expect(users.worstSecond).toBeLessThanOrEqual(users.limitPerSecond);
  }
}
