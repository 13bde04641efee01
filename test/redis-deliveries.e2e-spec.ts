import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InProcessDeliveryStore } from '@parley/delivery';
import type { NewsClaim, StatusNews } from '@parley/delivery';
import { deliveryStoreConformance } from '@parley/delivery/conformance';
import { RedisAway, RedisDeliveryStore, RedisLink } from '@parley/redis';
import { systemClock } from '@parley/sender';
import { until } from '@parley/testing';
import { SHARED_REDIS_URL, describeWithRedis } from './redis/shared-redis.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const LEASE = { holder: 'a', leaseMs: 60_000 };
const WAMID = 'wamid.HBgLMTQxNTU1NTAxMDAVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA';

describeWithRedis('deliveries over Redis (needs REDIS_URL)', () => {
  let links: RedisLink[];
  let stores: RedisDeliveryStore[];

  beforeAll(async () => {
    links = [1, 2].map(() => new RedisLink({ url: SHARED_REDIS_URL }));
    stores = links.map((link) => new RedisDeliveryStore({ link }));
    await until('connected', () => links.every(({ available }) => available));
  });
  afterAll(() => links.forEach((link) => link.close()));

  let turn = 0;
  function store(): RedisDeliveryStore {
    return of(stores, turn++ % stores.length);
  }

  deliveryStoreConformance({ describe, it }, 'Redis', store);

  it('remembers a message for seven days after the last news of it at least', async () => {
    const account = newAccount();
    const link = of(links);
    await store().settle(account, [newsOf({ key: 'k', wamid: WAMID })]);
    await new RedisDeliveryStore({ link, ttlMs: 1 }).settle(account, [newsOf({ key: 'short' })]);
    await new RedisDeliveryStore({ link, ttlMs: 8 * DAY_MS }).settle(account, [newsOf({ key: 'long' })]);
    const names = await link.run((redis) => redis.keys(`{parley:${account}}:*`));
    expect(names).toHaveLength(4);
    for (const name of names) {
      const ttlMs = await link.run((redis) => redis.pttl(name));
      const leastMs = name.endsWith('long') ? 8 * DAY_MS : 7 * DAY_MS;
      expect(ttlMs).toBeGreaterThan(leastMs - 60_000);
      expect(ttlMs).toBeLessThanOrEqual(leastMs);
    }
  });

  it('asks Redis once for news, whatever they go by, and once more for another key’s', async () => {
    const account = newAccount();
    const link = of(links);
    const asked = questionsOf(link);
    const news = [newsOf({ key: 'a' }), newsOf({ wamid: 'b' }), newsOf({ key: 'c', wamid: WAMID })];
    await of(stores).claim(account, news, LEASE);
    expect(asked.count).toBe(1);
    await of(stores).settle(account, news);
    expect(asked.count).toBe(2);
    expect(await of(stores).claim(account, [newsOf({ wamid: WAMID })], LEASE)).toEqual(['told']);
    expect(asked.count).toBe(4);
    asked.stop();
  });

  it('hands a status that is told under both identities at once to one of them', async () => {
    const account = newAccount();
    const [byKey, byWamid] = [newsOf({ key: 'k' }), newsOf({ wamid: WAMID })];
    await store().claim(account, [byWamid], { holder: 'b', leaseMs: 60_000 });
    await store().claim(account, [newsOf({ key: 'k', wamid: WAMID, status: 'accepted' })], LEASE);
    expect(await store().claim(account, [byKey], LEASE)).toEqual(['elsewhere']);
    await store().settle(account, [byWamid]);
    expect(await store().claim(account, [byKey], LEASE)).toEqual(['told']);
    expect(await store().find(account, 'k')).toEqual([byWamid]);
  });

  it('remembers the same as a store in process, in whatever order keys and WhatsApp ids come', async () => {
    const news = fc.record({
      message: fc.constantFrom('1', '2'),
      ofWamid: fc.constantFrom(undefined, undefined, '1', '2'),
      known: fc.constantFrom('key', 'wamid', 'both'),
      status: fc.constantFrom('sent', 'delivered', 'failed'),
      timeMs: fc.integer({ min: 1, max: 99 }),
    });
    const call = fc.record({
      does: fc.constantFrom('claim', 'settle'),
      news: fc.array(news, { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 8 }), async (calls) => {
        const account = newAccount();
        const model = new InProcessDeliveryStore({ clock: systemClock, ttlMs: DAY_MS, maxMessages: 100 });
        for (const { does, news: drafts } of calls) {
          const list = drafts.map(({ message, ofWamid = message, known, ...rest }) =>
            newsOf({
              ...rest,
              ...(known !== 'wamid' && { key: `key-${message}` }),
              ...(known !== 'key' && { wamid: `wamid.${ofWamid}` }),
            }),
          );
          const [asked, expected] = await Promise.all(
            [store(), model].map((each) =>
              does === 'claim' ? each.claim(account, list, LEASE) : each.settle(account, list),
            ),
          );
          expect(toldOf(asked ?? [])).toEqual(toldOf(expected ?? []));
        }
        for (const message of ['1', '2']) {
          const found = await store().find(account, `key-${message}`);
          expect(found).toEqual(await model.find(account, `key-${message}`));
        }
        const wamids = ['wamid.1', 'wamid.2'];
        expect(await store().keysOf(account, wamids)).toEqual(await model.keysOf(account, wamids));
      }),
      { numRuns: 60 },
    );
  }, 20_000);

  it('shows no recipient in the names of its keys', async () => {
    const account = newAccount();
    await store().claim(account, [newsOf({ wamid: WAMID })], LEASE);
    const names = await of(links).run((redis) => redis.keys(`{parley:${account}}:*`));
    expect(names).toHaveLength(1);
    expect(names.join()).not.toContain(WAMID.slice(-40));
  });

  it('stores a message with all its statuses in the form that takes Redis the least memory', async () => {
    const account = newAccount();
    const key = `whatsapp-${randomUUID()}`;
    const news = (['accepted', 'sent', 'delivered', 'read'] as const).map((status) =>
      newsOf({ key, wamid: WAMID, status }),
    );
    for (const each of news) {
      await store().claim(account, [each], { holder: randomUUID(), leaseMs: 60_000 });
      await store().settle(account, [each]);
    }
    const encoding = await of(links).run((redis) =>
      redis.object('ENCODING', `{parley:${account}}:delivery:${key}`),
    );
    expect(['listpack', 'ziplist']).toContain(encoding);
    expect(await store().find(account, key)).toEqual(news);
  });

  it.each(['', 'D', 'D|x|[]', 'D|1|', 'D|1|{"a":1}', 'P', 'P|x|y|z', 'nonsense'])(
    'takes the stored value %j for nothing that was told',
    async (value) => {
      const account = newAccount();
      await of(links).run((redis) => redis.hset(`{parley:${account}}:delivery:k`, 'sent', value));
      expect(await store().find(account, 'k')).toEqual([]);
    },
  );

  it('rejects while Redis is away', async () => {
    const link = new RedisLink({ url: 'redis://127.0.0.1:1' });
    const away = new RedisDeliveryStore({ link });
    const news = [newsOf({ key: 'k' })];
    for (const asked of [
      away.keysOf('a', [WAMID]),
      away.claim('a', news, LEASE),
      away.settle('a', news),
      away.release('a', news, LEASE),
      away.find('a', 'k'),
    ]) {
      await expect(asked).rejects.toThrow(RedisAway);
    }
    link.close();
  });
});

const newAccount = (): string => `account-${randomUUID()}`;

function newsOf(news: Partial<StatusNews>): StatusNews {
  return { status: 'sent', timeMs: 1_893_456_000_000, receivedMs: 1_893_456_001_000, ...news };
}

/** Who is telling the others is left to each store while identities are not known to be one message. */
function toldOf(claims: readonly NewsClaim[]): boolean[] {
  return claims.map((claim) => claim === 'told');
}

function of<T>(list: readonly T[], index = 0): T {
  const item = list[index];
  if (item === undefined) throw new Error('not open yet');
  return item;
}

/** Counts what a link is asked, until stopped. */
function questionsOf(link: RedisLink): { count: number; stop(): void } {
  const run = link.run.bind(link);
  const asked = {
    count: 0,
    stop: (): void => {
      link.run = run;
    },
  };
  link.run = (command, signal) => {
    asked.count += 1;
    return run(command, signal);
  };
  return asked;
}
