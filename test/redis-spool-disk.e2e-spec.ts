import { mkdtemp, readdir, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '@parley/kafka';
import { startRedisServer, waitUntil } from '@parley/provisioning';
import type { LocalRedis } from '@parley/provisioning';
import { RedisAway, RedisLink, RedisSpool } from '@parley/redis';
import { until } from '@parley/testing';
import { describeWithRedisServer } from './redis/own-redis.ts';
import { SmallDisk } from './redis/small-disk.ts';

const START_TIMEOUT_MS = 20_000;
const SMALL_MIB = 4;
const LARGE_MIB = 32;
/** Appending and being answered at the same time, as several processes would. */
const WRITERS = 4;
const FILLER = 'x'.repeat(1_000);

const describeWithSmallDisk = SmallDisk.isAllowed ? describe : describe.skip;

describeWithRedisServer('the spool on a disk with troubles (needs redis-server)', () => {
  let redis: LocalRedis;
  let links: RedisLink[];

  async function startIn(folder: string): Promise<void> {
    redis = await startRedisServer(AbortSignal.timeout(START_TIMEOUT_MS), { folder });
    links = Array.from({ length: WRITERS }, () => new RedisLink({ url: redis.url }));
    await connected();
  }

  async function stop(): Promise<void> {
    for (const link of links) link.close();
    await redis.stop();
  }

  const connected = (): Promise<void> =>
    until('connected', () => links.every(({ available }) => available), { timeoutMs: START_TIMEOUT_MS });

  const spoolOf = (writer: number): RedisSpool => {
    const link = links[writer];
    if (!link) throw new Error('not open yet');
    return new RedisSpool({ link });
  };

  describeWithSmallDisk('that is full (needs leave to mount one)', () => {
    let disk: SmallDisk;
    beforeEach(async () => {
      disk = SmallDisk.mount(SMALL_MIB);
      await startIn(join(disk.folder, 'redis'));
    }, START_TIMEOUT_MS);
    afterEach(async () => {
      try {
        await stop();
      } finally {
        disk.unmount();
      }
    });

    it('still has everything after a kill that it said was kept', async () => {
      const kept = await fillUp();
      await expect(spoolOf(0).append([recordOf('late')])).rejects.toThrow(RedisAway);
      await redis.server.kill();
      disk.resize(LARGE_MIB);
      await redis.server.start();
      await connected();
      expectAllIn(await takeAll(spoolOf(0)), kept);
    }, 40_000);

    it('keeps again, behind all that it has, as soon as there is room', async () => {
      const kept = await fillUp();
      disk.resize(LARGE_MIB);
      const signal = AbortSignal.timeout(START_TIMEOUT_MS);
      await waitUntil(() => keeps(spoolOf(0), 'later'), { signal, everyMs: 50 });
      const values = await takeAll(spoolOf(1));
      expect(values.at(-1)).toBe('later');
      expectAllIn(values, kept);
    }, 40_000);
  });

  describe('that lost the end of the last record', () => {
    beforeEach(async () => startIn(await mkdtemp(join(tmpdir(), 'parley-redis-'))), START_TIMEOUT_MS);
    afterEach(stop);

    it.each([1, 20, 500])('has every complete record, in order, after losing %d bytes', async (bytes) => {
      for (const value of ['0', '1', '2', '3']) await spoolOf(0).append([recordOf(value)]);
      await restartWithout(bytes);
      expect(await takeAll(spoolOf(1))).toEqual(['0', '1', '2']);
    });

    it('has none of the records of an append whose last one is torn', async () => {
      await spoolOf(0).append(['0', '1'].map(recordOf));
      await spoolOf(0).append(['2', '3', '4'].map(recordOf), { doubtMs: 60_000 });
      await restartWithout(1);
      expect(await takeAll(spoolOf(1))).toEqual(['0', '1']);
      expect((await spoolOf(0).append([recordOf('5')])).kind).toBe('kept');
    });
  });

  /** As many records as the disk takes, from all writers at once. Resolves with the values of those that were kept. */
  async function fillUp(): Promise<string[]> {
    const kept = await Promise.all(links.map((_, writer) => appendUntilRefused(spoolOf(writer), writer)));
    expect(kept.flat().length).toBeGreaterThan(1_000);
    return kept.flat();
  }

  async function restartWithout(bytes: number): Promise<void> {
    const folder = (await links[0]?.run((admin) => admin.config('GET', 'dir'))) as [string, string];
    await redis.server.kill();
    const file = await appendOnlyFile(folder[1]);
    await truncate(file, (await stat(file)).size - bytes);
    await redis.server.start();
    await until('gone', () => links.every(({ available }) => !available));
    await connected();
  }
});

async function appendUntilRefused(spool: RedisSpool, writer: number): Promise<string[]> {
  const kept: string[] = [];
  for (;;) {
    const value = `${writer}-${kept.length}`;
    try {
      await spool.append([recordOf(value)]);
    } catch (error) {
      if (error instanceof RedisAway) return kept;
      throw error;
    }
    kept.push(value);
  }
}

/** All of them, and those of each writer in order; beside them only what was refused too late. */
function expectAllIn(values: readonly string[], kept: readonly string[]): void {
  expect(kept.filter((value) => !values.includes(value))).toEqual([]);
  const keptOnes = new Set(kept);
  const ofWriters = Map.groupBy(
    values.filter((value) => keptOnes.has(value)),
    (value) => value.split('-')[0],
  );
  for (const each of ofWriters.values()) {
    const numbers = each.map((value) => Number(value.split('-')[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  }
}

/** Redis refuses, also a link that it took a moment ago, until it has written out what it held when the disk was full. */
async function keeps(spool: RedisSpool, value: string): Promise<boolean> {
  try {
    return (await spool.append([recordOf(value)])).kind === 'kept';
  } catch (error) {
    if (error instanceof RedisAway) return false;
    throw error;
  }
}

function recordOf(value: string): OutgoingRecord {
  return { topic: 't', key: 'k', value, headers: { FILLER } };
}

async function takeAll(spool: RedisSpool): Promise<string[]> {
  const values: string[] = [];
  while ((await spool.length()) > 0) {
    const head = await spool.take({ holder: 'a', leaseMs: 60_000, maxRecords: 1_000 });
    if (head.kind !== 'entries') throw new Error(head.kind);
    values.push(...head.entries.map(({ record }) => String(record.value)));
    await spool.remove(head.entries.map(({ id }) => id));
  }
  return values;
}

/** Of Redis 7, or an older one. */
async function appendOnlyFile(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true });
  const file = files.find((name) => name.endsWith('.incr.aof') || name === 'appendonly.aof');
  if (file === undefined) throw new Error('no append-only file');
  return join(folder, file);
}
