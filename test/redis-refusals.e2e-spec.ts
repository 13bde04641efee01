import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { systemClock } from '@parley/sender';
import { RedisAway, RedisLink, RedisMessageStore, RedisSlotClock } from '@parley/redis';
import type { SlotClockEvent } from '@parley/redis';
import { outboundMessage, until } from '@parley/testing';
import { SHARED_REDIS_URL, describeWithRedis } from './redis/shared-redis.ts';

const PACE = { limitPerSecond: 10, marginMs: 12 };
const PASSWORD = 'password-of-a-test';

describeWithRedis('a Redis that refuses some commands (needs REDIS_URL)', () => {
  let admin: RedisLink;
  let user: string;
  let link: RedisLink;
  let account: string;

  beforeAll(async () => {
    admin = new RedisLink({ url: SHARED_REDIS_URL });
    await until('the admin is connected', () => admin.available);
  });
  afterAll(() => admin.close());

  beforeEach(() => {
    user = `user-${randomUUID()}`;
    account = `account-${randomUUID()}`;
  });
  afterEach(async () => {
    link.close();
    await admin.run((redis) => redis.call('ACL', 'DELUSER', user));
  });

  async function allow(...rules: readonly string[]): Promise<void> {
    await admin.run((redis) => redis.call('ACL', 'SETUSER', user, ...rules));
  }

  async function connectWith(...rules: readonly string[]): Promise<void> {
    await allow('on', `>${PASSWORD}`, '~*', '+@all', ...rules);
    const url = new URL(SHARED_REDIS_URL);
    url.username = user;
    url.password = PASSWORD;
    link = new RedisLink({ url: url.href });
    await until('the user is connected', () => link.available);
  }

  it('lets a replica pace itself, and share again when Redis allows it', async () => {
    await connectWith();
    const asked = questionsOf(link);
    const events: SlotClockEvent[] = [];
    const slots = new RedisSlotClock({
      link,
      clock: systemClock,
      account,
      replicaId: user,
      onEvent: (event) => events.push(event),
    });
    try {
      await slots.reserve(PACE, AbortSignal.timeout(5_000));
      await allow('-hmget'); // by which slots are reserved
      asked.count = 0;
      for (let taken = 0; taken < 20; taken++) await slots.reserve(PACE, AbortSignal.timeout(5_000));
      expect(events).toEqual([{ kind: 'permits-local', account, limitPerSecond: 10, replicas: 1 }]);
      expect(asked.count).toBeLessThan(20); // it comes back to it every second
      expect(link.available).toBe(true);
      await allow('+hmget');
      await until('it shares again', () => events.length > 1, { timeoutMs: 10_000 });
      expect(events.at(-1)).toEqual({ kind: 'permits-shared', account });
      await slots.reserve(PACE, AbortSignal.timeout(5_000));
    } finally {
      await slots.close();
    }
  }, 20_000);

  it('says no more of what it was asked than that it refused', async () => {
    await connectWith('-get', '-mget');
    const store = new RedisMessageStore({
      link,
      clock: systemClock,
      replicaId: user,
      leaseMs: 60_000,
      idempotencyTtlMs: 60_000,
      correlationTtlMs: 60_000,
    });
    const message = outboundMessage({ account, messageId: 'canary-id' });
    const errors = await Promise.all(
      [store.claim([{ message, holder: 'canary-holder:1' }]), store.findByKeys(account, ['canary-key'])].map(
        (asked: Promise<unknown>) => asked.catch((error: unknown) => error),
      ),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(RedisAway);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
    }
  });
});

/** Counts what a link is asked. */
function questionsOf(link: RedisLink): { count: number } {
  const asked = { count: 0 };
  const run = link.run.bind(link);
  link.run = (command, signal) => {
    asked.count += 1;
    return run(command, signal);
  };
  return asked;
}
