import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WindowObservation } from '@parley/sender';
import { RedisLink, RedisWindowStore } from '@parley/redis';
import { until } from '@parley/testing';
import { SHARED_REDIS_URL, describeWithRedis } from './redis/shared-redis.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const PHONE_NUMBER = '+14155550100';
const NOON_MS = 1_893_456_000_000;

describeWithRedis('windows over Redis (needs REDIS_URL)', () => {
  let link: RedisLink;
  let windows: RedisWindowStore;

  beforeAll(async () => {
    // What is asked of it here is much at once, and the machine may be busy.
    link = new RedisLink({ url: SHARED_REDIS_URL, commandTimeoutMs: 5_000 });
    windows = new RedisWindowStore({ link });
    await until('connected', () => link.available);
  });
  afterAll(() => link.close());

  const namesOf = (account: string): Promise<string[]> =>
    link.run((redis) => redis.keys(`{parley:${account}}:*`));

  it('knows nothing of a number that nobody told of', async () => {
    expect(await windows.find(newAccount(), [PHONE_NUMBER])).toEqual([undefined]);
    expect(await windows.find(newAccount(), [])).toEqual([]);
  });

  it('answers each number in its place, in its account', async () => {
    const account = newAccount();
    await windows.observe(account, [
      { phoneNumber: '+1', inboundMs: NOON_MS },
      { phoneNumber: '+2', closedMs: NOON_MS },
      { phoneNumber: '+3' },
    ]);
    expect(await windows.find(account, ['+2', '+3', '+1', '+2'])).toEqual([
      { closedMs: NOON_MS },
      undefined,
      { inboundMs: NOON_MS },
      { closedMs: NOON_MS },
    ]);
    expect(await windows.find(newAccount(), ['+1'])).toEqual([undefined]);
  });

  it('keeps the latest moments, in whatever order and company they come', async () => {
    const moment = fc.option(fc.integer({ min: NOON_MS, max: NOON_MS + 9 }), { nil: undefined });
    const moments = fc.record({ inboundMs: moment, closedMs: moment });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(moments, { maxLength: 4 }), { maxLength: 4 }), async (calls) => {
        const account = newAccount();
        for (const call of calls) await windows.observe(account, call.map(observationOf));
        const [seen] = await windows.find(account, [PHONE_NUMBER]);
        const latest = (kind: 'inboundMs' | 'closedMs'): number =>
          Math.max(0, ...calls.flat().map((each) => each[kind] ?? 0));
        expect({ inboundMs: 0, closedMs: 0, ...seen }).toEqual({
          inboundMs: latest('inboundMs'),
          closedMs: latest('closedMs'),
        });
      }),
      { numRuns: 100 },
    );
  });

  it('takes more numbers than one script may, and finds them all', async () => {
    const account = newAccount();
    const numbers = Array.from({ length: 2_500 }, (_, index) => `+1415555${index}`);
    await windows.observe(
      account,
      numbers.map((phoneNumber, index) => ({ phoneNumber, inboundMs: NOON_MS + index })),
    );
    const seen = await windows.find(account, numbers);
    expect(seen).toEqual(numbers.map((_, index) => ({ inboundMs: NOON_MS + index })));
  });

  it('asks Redis once for what comes while it is asked', async () => {
    const account = newAccount();
    const numbers = Array.from({ length: 50 }, (_, index) => `+1415555${index}`);
    const evaluate = link.evaluate.bind(link);
    let asked = 0;
    link.evaluate = (...question) => {
      asked += 1;
      return evaluate(...question);
    };
    const observe = (phoneNumber: string) => windows.observe(account, [{ phoneNumber, inboundMs: NOON_MS }]);
    const first = observe(numbers[0] ?? '');
    await Promise.resolve();
    await Promise.all([first, ...numbers.slice(1).map(observe)]);
    link.evaluate = evaluate;
    expect(asked).toBe(2);
    expect(await windows.find(account, numbers)).toEqual(numbers.map(() => ({ inboundMs: NOON_MS })));
  });

  it('forgets a number of which nothing came for 30 days', async () => {
    const account = newAccount();
    await windows.observe(account, [{ phoneNumber: PHONE_NUMBER, inboundMs: NOON_MS }]);
    const [name = ''] = await namesOf(account);
    const ttlMs = await link.run((redis) => redis.pttl(name));
    expect(ttlMs).toBeGreaterThan(30 * DAY_MS - 60_000);
    expect(ttlMs).toBeLessThanOrEqual(30 * DAY_MS);
  });

  it('shows no number in the names of its keys', async () => {
    const account = newAccount();
    await windows.observe(account, [{ phoneNumber: PHONE_NUMBER, inboundMs: NOON_MS }]);
    const names = await namesOf(account);
    expect(names).toHaveLength(1);
    expect(names.join()).not.toContain(PHONE_NUMBER.slice(1));
  });

  it.each(['', '|', 'x|y', '1', 'nonsense'])('takes the stored value %j for nothing', async (value) => {
    const account = newAccount();
    await windows.observe(account, [{ phoneNumber: PHONE_NUMBER, inboundMs: NOON_MS }]);
    const [name = ''] = await namesOf(account);
    await link.run((redis) => redis.set(name, value));
    expect(await windows.find(account, [PHONE_NUMBER])).toEqual([undefined]);
    await windows.observe(account, [{ phoneNumber: PHONE_NUMBER, closedMs: NOON_MS }]);
    expect(await windows.find(account, [PHONE_NUMBER])).toEqual([{ closedMs: NOON_MS }]);
  });
});

const newAccount = (): string => `account-${randomUUID()}`;

function observationOf(moments: {
  inboundMs: number | undefined;
  closedMs: number | undefined;
}): WindowObservation {
  const { inboundMs, closedMs } = moments;
  return {
    phoneNumber: PHONE_NUMBER,
    ...(inboundMs !== undefined && { inboundMs }),
    ...(closedMs !== undefined && { closedMs }),
  };
}
