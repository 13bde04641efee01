import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { positionBefore } from '@parley/delivery';
import type { LogPosition, WatchedStatus } from '@parley/delivery';
import { statusLogConformance } from '@parley/delivery/conformance';
import { RedisLink, RedisStatusLog } from '@parley/redis';
import { until } from '@parley/testing';
import { SHARED_REDIS_URL, describeWithRedis } from './redis/shared-redis.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const START: LogPosition = '0-0';

describeWithRedis('the status log over Redis (needs REDIS_URL)', () => {
  let link: RedisLink;
  let log: RedisStatusLog;
  let account: string;

  beforeAll(async () => {
    link = new RedisLink({ url: SHARED_REDIS_URL });
    log = new RedisStatusLog({ link });
    await until('connected', () => link.available);
  });
  afterAll(() => link.close());
  beforeEach(() => {
    account = `account-${randomUUID()}`;
  });

  statusLogConformance({ describe, it }, 'Redis', (options) => new RedisStatusLog({ link, ...options }));

  const stream = (): string => `{parley:${account}}:statuses`;

  async function tell(...keys: readonly string[]): Promise<LogPosition> {
    await log.append(account, keys.map(statusOf));
    return (await log.end(account)).position;
  }

  /** As the last millisecond before it was seven days would do. */
  async function expire(): Promise<void> {
    await link.run((redis) => redis.del(stream()));
  }

  async function seenFrom(after: LogPosition): Promise<{ keys: string[]; gap: boolean }> {
    const { entries, gap } = await log.read(account, after, 100);
    return { keys: entries.map(({ status }) => status.key), gap };
  }

  it('expires when nothing came for seven days, and keeps its positions', async () => {
    const end = await tell('a');
    const ttlMs = await link.run((redis) => redis.pttl(stream()));
    expect(ttlMs).toBeGreaterThan(7 * DAY_MS - 60_000);
    expect(ttlMs).toBeLessThanOrEqual(7 * DAY_MS);
    await expire();
    expect((await log.end(account)).position).toBe(end);
  });

  it('sees no gap behind the end of a log that expired, and one behind what was forgotten with it', async () => {
    const first = await tell('a');
    const end = await tell('b');
    await expire();
    expect(await seenFrom(end)).toEqual({ keys: [], gap: false });
    expect(await seenFrom(first)).toEqual({ keys: [], gap: true });
    expect(await seenFrom(START)).toEqual({ keys: [], gap: true });
    await tell('c');
    expect(await seenFrom(end)).toEqual({ keys: ['c'], gap: false });
    expect(await seenFrom(first)).toEqual({ keys: ['c'], gap: true });
    expect(await seenFrom(START)).toEqual({ keys: ['c'], gap: true });
  });

  it('sees a gap behind an entry that Redis lost with everything else', async () => {
    await tell('a');
    const end = await tell('b');
    await link.run((redis) => redis.del(stream(), `${stream()}:end`));
    expect(await seenFrom(end)).toEqual({ keys: [], gap: true });
    // Losing everything takes Redis longer than the millisecond in which positions could come again.
    await until('the next millisecond', () => Date.now() > Number.parseInt(end, 10));
    await tell('c');
    expect(await seenFrom(end)).toEqual({ keys: ['c'], gap: true });
  });

  it('sees a gap from a moment only when something behind it was forgotten', async () => {
    const beforeMs = Date.now() - DAY_MS;
    await tell('a', 'b', 'c');
    expect(await seenFrom(positionBefore(beforeMs))).toEqual({ keys: ['a', 'b', 'c'], gap: false });
    expect(await seenFrom(positionBefore(Date.now() + DAY_MS))).toEqual({ keys: [], gap: false });
    await link.run((redis) => redis.xtrim(stream(), 'MAXLEN', 1));
    expect(await seenFrom(positionBefore(beforeMs))).toEqual({ keys: ['c'], gap: true });
    const { position: last } = await log.end(account);
    expect(await seenFrom(positionBefore(Number.parseInt(last, 10) + 1))).toEqual({ keys: [], gap: false });
  });

  it('goes on behind its last position when the clock of Redis was set back', async () => {
    const aheadMs = Date.now() + DAY_MS;
    await link.run((redis) => redis.set(`${stream()}:end`, `${aheadMs}-7`));
    expect((await log.end(account)).timeMs).toBe(aheadMs);
    expect(await tell('a', 'b')).toBe(`${aheadMs}-9`);
    expect(await seenFrom(`${aheadMs}-7`)).toEqual({ keys: ['a', 'b'], gap: false });
  });

  it.each(['nonsense', '{}', '[]', 'null', JSON.stringify({ ...statusOf('b'), status: 'unheard-of' })])(
    'says that there is a gap where %s stands for an entry',
    async (text) => {
      const begin = await tell('a');
      await link.run((redis) => redis.xadd(stream(), '*', 'p', begin, 's', text));
      expect(await seenFrom(begin)).toEqual({ keys: [], gap: true });
    },
  );

  it.each(['', 'nonsense', '1', '-1-2'])('begins anew where %j stands for its end', async (text) => {
    await link.run((redis) => redis.set(`${stream()}:end`, text));
    expect((await log.end(account)).position).toBe(START);
    await tell('a');
    expect(await seenFrom(START)).toEqual({ keys: ['a'], gap: false });
  });
});

function statusOf(key: string): WatchedStatus {
  const time = '2030-01-01T00:00:00.000Z';
  return { account: 'default', key, status: 'sent', time, receivedTime: time };
}
