import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import type { RedisLink, RedisSlotClock } from '@parley/redis';
import { until } from '@parley/testing';
import { SHARED_REDIS_URL, describeWithRedis } from './redis/shared-redis.ts';
import { SlotCrowd } from './redis/slot-crowd.ts';
import { SlowProxy } from './redis/slow-proxy.ts';

const PACE = { limitPerSecond: 10, marginMs: 12 };

/**
 * What shows that replicas share one limit and not its parts, also where late timers cost some slots: the exact
 * share is a figure of the machine, and `npm run bench -- permits` prints it.
 */
const MOST_OF_IT = 0.8;

/** A machine that is busy for a moment makes a slot later, and never earlier: what counts is the earliest of these. */
const ATTEMPTS = 4;

const crowds: SlotCrowd[] = [];

afterEach(() => Promise.all(crowds.splice(0).map((each) => each.close())));

describeWithRedis('slots over Redis (needs REDIS_URL)', () => slotsOverRedis(SHARED_REDIS_URL));

function slotsOverRedis(at: string): void {
  function crowd(replicas: number, through = at): SlotCrowd {
    const made = new SlotCrowd(Array.from({ length: replicas }, () => through));
    crowds.push(made);
    return made;
  }

  /** Two replicas that share a clock already. */
  async function pair(): Promise<{
    one: RedisSlotClock;
    other: RedisSlotClock;
    link: RedisLink;
    account: string;
  }> {
    const { clocks, links, account } = crowd(2);
    const [one, other] = clocks;
    const [link] = links;
    if (!one || !other || !link) throw new Error('not two');
    await one.reserve(PACE, AbortSignal.timeout(5_000));
    await until('the other is there', () => links.every(({ available }) => available));
    return { one, other, link, account };
  }

  it('hands out no more than the limit in any sliding second, and shares it out to 1, 2 and 4 replicas', async () => {
    const cases = [1, 2, 3, 10].flatMap((limitPerSecond) =>
      [1, 2, 4].map((replicas) => ({ limitPerSecond, users: crowd(replicas) })),
    );
    for (const { limitPerSecond, users } of cases) users.use(limitPerSecond);
    await sleep(6_000);
    for (const { limitPerSecond, users } of cases) {
      expect(users.worstSecond).toBeLessThanOrEqual(limitPerSecond);
      const [first = 0, ...later] = users.uses.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
      const perSecond = (later.length / ((later.at(-1) ?? 0) - first)) * 1_000;
      expect(perSecond).toBeGreaterThan(MOST_OF_IT * limitPerSecond);
      expect(users.events).toEqual([]);
    }
  }, 15_000);

  async function leastOf(
    attempt: (replicas: Awaited<ReturnType<typeof pair>>) => Promise<number>,
  ): Promise<number> {
    const found: number[] = [];
    while (found.length < ATTEMPTS) found.push(await attempt(await pair()));
    return Math.min(...found);
  }

  it('moves every later slot by what was pushed', async () => {
    const leastMs = await leastOf(async ({ one, other, link }) => {
      const signal = AbortSignal.timeout(5_000);
      const before = await one.reserve(PACE, signal);
      one.push(200);
      await link.run((redis) => redis.ping()); // the push was there before
      const after = await other.reserve(PACE, signal);
      return after.dueMs - before.dueMs;
    });
    expect(leastMs).toBeGreaterThan(299);
    expect(leastMs).toBeLessThan(315);
  });

  it('hands out no slot of a time for which anyone held back, and confirms none from before', async () => {
    const leastMs = await leastOf(async ({ one, other }) => {
      const signal = AbortSignal.timeout(5_000);
      const [early, mine] = [await one.reserve(PACE, signal), await other.reserve(PACE, signal)];
      await sleep(30); // younger ones are not asked about
      expect(await one.confirm(early, signal)).toBe(true);
      const heldAtMs = performance.now();
      other.holdBack(700);
      expect(await other.confirm(mine, signal)).toBe(false);
      await sleep(30);
      expect(await one.confirm(early, signal)).toBe(false);
      const next = await one.reserve(PACE, signal);
      await sleep(30);
      expect(await one.confirm(next, signal)).toBe(true);
      return next.dueMs - heldAtMs;
    });
    expect(leastMs).toBeGreaterThanOrEqual(699);
    expect(leastMs).toBeLessThan(740);
  });

  it('keeps the widest margin that anyone asked for', async () => {
    const leastMs = await leastOf(async ({ one, other }) => {
      const signal = AbortSignal.timeout(5_000);
      other.holdBack(0, 90);
      await sleep(30);
      const before = await one.reserve(PACE, signal);
      const after = await one.reserve(PACE, signal);
      return after.dueMs - before.dueMs;
    });
    expect(leastMs).toBeGreaterThan(108);
    expect(leastMs).toBeLessThan(115);
  });

  it('remembers a hold that Redis forgot', async () => {
    const { one, link, account } = await pair();
    const heldAtMs = performance.now();
    one.holdBack(900);
    await link.run((redis) => redis.del(`{parley:${account}}:permits`));
    const next = await one.reserve(PACE, AbortSignal.timeout(5_000));
    expect(next.dueMs - heldAtMs).toBeGreaterThanOrEqual(899);
  });

  it('gives up waiting with the signal’s reason', async () => {
    const { one } = await pair();
    one.holdBack(60_000);
    const giveUp = new AbortController();
    const waiting = one.reserve(PACE, giveUp.signal);
    await sleep(50);
    giveUp.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('keeps the limit over a way that takes 200 ms', async () => {
    const { hostname, port } = new URL(at);
    const proxy = await SlowProxy.listen({ host: hostname, port: Number(port) });
    try {
      proxy.delayMs = 100;
      const users = crowd(4, `redis://127.0.0.1:${proxy.port}`);
      users.use(10, { confirms: false });
      await sleep(2_000);
      const fromMs = performance.now();
      await sleep(3_000);
      expect(users.worstSecond).toBeLessThanOrEqual(10);
      expect(users.usesIn(fromMs, 3_000).length).toBeGreaterThan(MOST_OF_IT * 30);
      expect(users.events).toEqual([]);
    } finally {
      await Promise.all(crowds.splice(0).map((each) => each.close()));
      await proxy.close();
    }
  }, 15_000);
}
