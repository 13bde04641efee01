import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OutgoingRecord, SpoolEntry } from '@parley/kafka';
import { spoolConformance } from '@parley/kafka/conformance';
import { RedisAway, RedisLink, RedisSpool } from '@parley/redis';
import { until } from '@parley/testing';
import { describeWithRedisServer, ownRedis } from './redis/own-redis.ts';
import { SHARED_REDIS_URL, describeWithRedis } from './redis/shared-redis.ts';

const LONG_MS = 60_000;
const FILLER = 'x'.repeat(1_000);

describeWithRedis('the spool over Redis (needs REDIS_URL)', () => {
  let links: RedisLink[];
  let spool: RedisSpool;
  let name: string;

  beforeAll(async () => {
    links = [1, 2].map(() => new RedisLink({ url: SHARED_REDIS_URL }));
    await until('connected', () => links.every(({ available }) => available));
  });
  afterAll(() => links.forEach((link) => link.close()));
  beforeEach(() => {
    name = `spool-${randomUUID()}`;
    spool = new RedisSpool({ link: anyLink(), name });
  });

  function anyLink(index = 0): RedisLink {
    const link = links[index];
    if (!link) throw new Error('not open yet');
    return link;
  }

  spoolConformance({ describe, it }, 'Redis', {
    makeSpool: (options) => new RedisSpool({ link: anyLink(), name: `spool-${randomUUID()}`, ...options }),
  });

  it('is shared by all who name the same', async () => {
    const other = new RedisSpool({ link: anyLink(1), name });
    await spool.append(numbered(0, 2));
    expect(await other.appendBehind(numbered(2, 3))).toBe('kept');
    expect(valuesOf(await takeAll(other))).toEqual(['0', '1', '2']);
    expect(await spool.take({ holder: 'b', leaseMs: LONG_MS, maxRecords: 1 })).toEqual({ kind: 'leased' });
  });

  it('asks once, without the records, whether something waits', async () => {
    const asked: number[] = [];
    const link = anyLink();
    const run = link.run.bind(link);
    link.run = (command, signal) => {
      asked.push(1);
      return run(command, signal);
    };
    try {
      expect(await spool.appendBehind(numbered(0, 500))).toBe('nothing-waits');
      expect(asked).toHaveLength(1);
    } finally {
      link.run = run;
    }
  });

  it('gives large records in small portions, and one that is larger alone', async () => {
    const large = (bytes: number): OutgoingRecord => ({ topic: 't', key: null, value: Buffer.alloc(bytes) });
    await spool.append([large(600_000), large(600_000), large(3_000_000), large(1)]);
    const sizes: number[][] = [];
    while ((await spool.length()) > 0) {
      const entries = await takeAll(spool);
      sizes.push(entries.map(({ record: { value } }) => value?.length ?? 0));
      await spool.remove(entries.map(({ id }) => id));
    }
    expect(sizes).toEqual([[600_000, 600_000], [3_000_000], [1]]);
  });

  it('forgets its doubts with the last of them, also those about what is gone', async () => {
    const kept = await spool.append(numbered(0, 1), { doubtMs: 40 });
    if (kept.kind !== 'kept') throw new Error(kept.kind);
    await spool.remove(kept.ids);
    await spool.doubt(kept.ids, 40);
    const exists = (): Promise<number> => anyLink().run((redis) => redis.exists(`{parley}:${name}:doubts`));
    expect(await exists()).toBe(1);
    const startMs = performance.now();
    while ((await exists()) === 1) expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('never shortens a doubt by one about another record', async () => {
    const kept = await spool.append(numbered(0, 2), { doubtMs: LONG_MS });
    if (kept.kind !== 'kept') throw new Error(kept.kind);
    await spool.doubt(kept.ids.slice(1), 10);
    const ttlMs = await anyLink().run((redis) => redis.pttl(`{parley}:${name}:doubts`));
    expect(ttlMs).toBeGreaterThan(LONG_MS - 10_000);
  });

  it('says unknown of its persistence when it may not ask', async () => {
    const [user, password] = [`user-${randomUUID()}`, 'password-of-a-test'];
    const acl = (...rules: string[]): Promise<unknown> =>
      anyLink().run((redis) => redis.call('ACL', ...rules));
    await acl('SETUSER', user, 'on', `>${password}`, '~*', '+@all', '-info');
    const url = new URL(SHARED_REDIS_URL);
    url.username = user;
    url.password = password;
    const link = new RedisLink({ url: url.href });
    try {
      await until('connected', () => link.available);
      expect(await new RedisSpool({ link }).persistence()).toBe('unknown');
    } finally {
      link.close();
      await acl('DELUSER', user);
    }
  });
});

describeWithRedisServer('the spool over a Redis with troubles (needs redis-server)', () => {
  const redis = ownRedis();
  let link: RedisLink;
  let spool: RedisSpool;

  beforeAll(async () => {
    link = new RedisLink({ url: redis().url });
    spool = new RedisSpool({ link });
    await until('connected', () => link.available);
  });
  afterAll(() => link.close());
  beforeEach(async () => {
    await until('connected', () => link.available);
    await link.run((admin) => admin.flushall());
  });

  it('has everything that it kept after Redis was killed right after the answer', async () => {
    for (let round = 0; round < 3; round++) {
      const from = round * 100;
      for (let count = 0; count < 100; count += 10)
        await spool.append(numbered(from + count, from + count + 10));
      await redis().server.kill();
      await until('noticed', () => !link.available);
      await expect(spool.append(numbered(0, 1))).rejects.toThrow(RedisAway);
      await expect(spool.persistence()).rejects.toThrow(RedisAway);
      await redis().server.start();
      await until('connected again', () => link.available, { timeoutMs: 10_000 });
      const expected = Array.from({ length: from + 100 }, (_, index) => String(index));
      expect(valuesOf(await takeAll(spool))).toEqual(expected);
    }
  }, 30_000);

  it('is full while the memory of Redis is, and can be emptied then', async () => {
    const usedBytes = Number(/used_memory:(\d+)/.exec(await link.run((admin) => admin.info('memory')))?.[1]);
    await link.run((admin) => admin.config('SET', 'maxmemory-policy', 'noeviction'));
    await link.run((admin) => admin.config('SET', 'maxmemory', usedBytes + 3_000_000));
    const kept = await appendUntilFull(spool);
    expect(kept.length).toBeGreaterThan(100);
    expect(link.available).toBe(false); // for everybody who wants to write
    expect(await spool.appendBehind(numbered(0, 1))).toBe('full');
    expect(await spool.append(numbered(0, 1))).toEqual({ kind: 'full' });
    expect(await spool.length()).toBe(kept.length);
    const drained: string[] = [];
    while ((await spool.length()) > 0) {
      const entries = await takeAll(spool);
      const ids = entries.map(({ id }) => id);
      await spool.doubt(ids, LONG_MS);
      await spool.doubt(ids, 0);
      await spool.remove(ids);
      drained.push(...valuesOf(entries));
    }
    expect(drained).toEqual(kept);
    await spool.release('a');
    await until('there is room again', () => link.available);
    expect((await spool.append(numbered(0, 1))).kind).toBe('kept');
    await link.run((admin) => admin.config('SET', 'maxmemory', 0));
  });

  it('tells whether what it keeps survives a restart', async () => {
    expect(await spool.persistence()).toBe('aof');
    await link.run((admin) => admin.config('SET', 'appendonly', 'no'));
    expect(await spool.persistence()).toBe('none');
  });
});

function numbered(from: number, to: number): OutgoingRecord[] {
  return Array.from({ length: to - from }, (_, index) => ({
    topic: 't',
    key: 'k',
    value: String(from + index),
  }));
}

/** The values of everything that was kept. */
async function appendUntilFull(spool: RedisSpool): Promise<string[]> {
  const kept: string[] = [];
  for (;;) {
    const records = numbered(kept.length, kept.length + 10).map((record) => ({
      ...record,
      headers: { FILLER },
    }));
    if ((await spool.append(records)).kind === 'full') return kept;
    kept.push(...records.map(({ value }) => String(value)));
  }
}

async function takeAll(spool: RedisSpool): Promise<readonly SpoolEntry[]> {
  const head = await spool.take({ holder: 'a', leaseMs: LONG_MS, maxRecords: 5_000 });
  if (head.kind !== 'entries') throw new Error(head.kind);
  return head.entries;
}

function valuesOf(entries: readonly SpoolEntry[]): string[] {
  return entries.map(({ record: { value } }) => String(value));
}
