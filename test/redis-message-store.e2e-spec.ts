import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@parley/sender';
import type { Claim, MessageStore, OutboundMessage, Settlement } from '@parley/sender';
import { messageStoreConformance } from '@parley/sender/conformance';
import { RedisAway, RedisLink, RedisMessageStore, RedisSlotClock } from '@parley/redis';
import { outboundMessage, until } from '@parley/testing';
import { describeWithRedisServer, ownRedis } from './redis/own-redis.ts';
import { SHARED_REDIS_URL, describeWithRedis } from './redis/shared-redis.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const opened: { close(): unknown }[] = [];

/** What one process has: the clock tells the others that it is alive. */
function openReplica(at: string, account: string, leaseMs = 60_000): Replica {
  const replicaId = randomUUID();
  const link = new RedisLink({ url: at });
  const clock = systemClock;
  const slots = new RedisSlotClock({ link, clock, account, replicaId, onEvent: () => undefined });
  const store = new RedisMessageStore({
    link,
    clock,
    replicaId,
    leaseMs,
    idempotencyTtlMs: DAY_MS,
    correlationTtlMs: DAY_MS,
  });
  const replica = { replicaId, link, slots, store };
  opened.push({ close: () => slots.close().then(() => link.close()) });
  return replica;
}

interface Replica {
  readonly replicaId: string;
  readonly link: RedisLink;
  readonly slots: RedisSlotClock;
  readonly store: RedisMessageStore;
}

const connected = (...replicas: readonly Replica[]): Promise<void> =>
  until('connected', () => replicas.every(({ link }) => link.available));

async function claimOne(store: MessageStore, message: OutboundMessage, holder: string): Promise<Claim> {
  const [claim] = await store.claim([{ message, holder }]);
  if (!claim) throw new Error('no answer');
  return claim;
}

function acceptedAs(key: string): Settlement {
  return { kind: 'settled', outcome: { kind: 'accepted', key }, attempts: 1, duplicate: false };
}

const newMessage = (account: string): OutboundMessage =>
  outboundMessage({ messageId: randomUUID(), account });

afterAll(() => Promise.all(opened.map((each) => each.close())));

describeWithRedis('ids over Redis (needs REDIS_URL)', () => onSharedRedis(SHARED_REDIS_URL));
describeWithRedisServer('ids over a Redis with troubles (needs redis-server)', onOwnRedis);

function onSharedRedis(at: string): void {
  const shared: Replica[] = [];
  beforeAll(async () => {
    shared.push(openReplica(at, 'default'), openReplica(at, 'default'));
    await connected(...shared);
  });

  function anyLink(): RedisLink {
    const link = shared[0]?.link;
    if (!link) throw new Error('not open yet');
    return link;
  }

  let turn = 0;
  messageStoreConformance({ describe, it }, 'Redis', () => {
    const replica = shared[turn++ % shared.length];
    if (!replica) throw new Error('not open yet');
    return replica.store;
  });

  it('hands over what a dead replica was sending, as maybe sent', async () => {
    const account = `account-${randomUUID()}`;
    const [dead, alive] = [openReplica(at, account), openReplica(at, account)];
    await connected(dead, alive);
    const message = newMessage(account);
    await claimOne(dead.store, message, `${dead.replicaId}:1`);
    dead.link.close(); // it says nothing any more, and did not say goodbye
    const diedMs = performance.now();
    const waiting = await claimOne(alive.store, message, `${alive.replicaId}:1`);
    if (waiting.kind !== 'in-flight') throw new Error(waiting.kind);
    expect(await waiting.ended(AbortSignal.timeout(15_000))).toBeUndefined();
    expect(performance.now() - diedMs).toBeLessThan(12_000);
    expect(await claimOne(alive.store, message, `${alive.replicaId}:1`)).toEqual({
      kind: 'claimed',
      maybeSent: 'holder-died',
    });
  }, 20_000);

  it('hands over an id whose lease is over, although its replica is alive', async () => {
    const account = `account-${randomUUID()}`;
    const [slow, other] = [openReplica(at, account, 2_000), openReplica(at, account)];
    await connected(slow, other);
    const message = newMessage(account);
    await claimOne(slow.store, message, `${slow.replicaId}:1`);
    const waiting = await claimOne(other.store, message, `${other.replicaId}:1`);
    if (waiting.kind !== 'in-flight') throw new Error(waiting.kind);
    expect(await waiting.ended(AbortSignal.timeout(10_000))).toBeUndefined();
    expect(
      await claimOne(other.store, { ...message, text: { body: 'x', previewUrl: false } }, 'x:1'),
    ).toEqual({
      kind: 'conflict',
    });
    expect(await claimOne(other.store, message, `${other.replicaId}:1`)).toMatchObject({
      maybeSent: 'holder-died',
    });
    const settlement = acceptedAs(randomUUID());
    await slow.store.settle([{ message, holder: `${slow.replicaId}:1`, settlement }]);
    expect(await claimOne(other.store, message, `${other.replicaId}:2`)).toEqual({
      kind: 'settled',
      settlement,
    });
    const late = { message, holder: `${other.replicaId}:1`, settlement: acceptedAs(randomUUID()) };
    expect(await other.store.settle([late])).toEqual([settlement]);
  });

  it('hands over an abandoned id at once, although its replica is alive and its lease runs', async () => {
    const account = `account-${randomUUID()}`;
    const [one, other] = [openReplica(at, account), openReplica(at, account)];
    await connected(one, other);
    const message = newMessage(account);
    const mine = { message, holder: `${one.replicaId}:1` };
    await claimOne(one.store, message, mine.holder);
    const waiting = await claimOne(other.store, message, `${other.replicaId}:1`);
    if (waiting.kind !== 'in-flight') throw new Error(waiting.kind);
    const ended = waiting.ended(AbortSignal.timeout(3_000));
    await one.store.abandon([mine]);
    expect(await ended).toBeUndefined();
    const ttlMs = await anyLink().run((redis) => redis.pttl(`{parley:${account}}:id:${message.messageId}`));
    expect(ttlMs).toBeGreaterThan(DAY_MS - 10_000);
    expect(await claimOne(other.store, message, `${other.replicaId}:1`)).toEqual({
      kind: 'claimed',
      maybeSent: 'abandoned',
    });
  });

  it('keeps ids as long as told, and keys for seven days at least', async () => {
    const account = `account-${randomUUID()}`;
    const [replica] = shared;
    const message = newMessage(account);
    await replica?.store.settle([{ message, holder: 'a:1', settlement: acceptedAs('k') }]);
    const idTtlMs = await anyLink().run((redis) => redis.pttl(`{parley:${account}}:id:${message.messageId}`));
    const keyTtlMs = await anyLink().run((redis) => redis.pttl(`{parley:${account}}:key:k`));
    expect(idTtlMs).toBeGreaterThan(DAY_MS - 10_000);
    expect(idTtlMs).toBeLessThanOrEqual(DAY_MS);
    expect(keyTtlMs).toBeGreaterThan(7 * DAY_MS - 10_000);
  });

  it('tells what is known of an id: nothing, that it is being sent, how it ended', async () => {
    const account = `account-${randomUUID()}`;
    const message = newMessage(account);
    const [store] = shared.map((replica) => replica.store);
    expect(await store?.findById(account, message.messageId)).toBeUndefined();
    await store?.claim([{ message, holder: 'a:1' }]);
    expect(await store?.findById(account, message.messageId)).toEqual({ kind: 'sending' });
    await store?.settle([{ message, holder: 'a:1', settlement: acceptedAs('k') }]);
    expect(await store?.findById(account, message.messageId)).toEqual(acceptedAs('k'));
    expect(await store?.findById('another', message.messageId)).toBeUndefined();
  });

  it('finds what keys belong to in their order, with the attempts and the trace', async () => {
    const account = `account-${randomUUID()}`;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const [first, second] = [newMessage(account), { ...newMessage(account), traceparent }];
    const store = shared[0]?.store;
    await store?.settle([
      { message: first, holder: 'a:1', settlement: acceptedAs('first') },
      { message: second, holder: 'a:1', settlement: { ...acceptedAs('second'), attempts: 3 } },
    ]);
    const sent = ({ messageId, phoneNumber, metadata, traceparent: trace }: OutboundMessage): object => {
      return { messageId, account, phoneNumber, metadata, traceparent: trace, settledMs: expect.any(Number) };
    };
    expect(await store?.findByKeys(account, ['second', 'nobody', 'first'])).toEqual([
      { ...sent(second), attempts: 3 },
      undefined,
      { ...sent(first), attempts: 1 },
    ]);
    expect(await store?.findByKeys(account, [])).toEqual([]);
  });

  it('reads what an older version stored of a key', async () => {
    const account = `account-${randomUUID()}`;
    const stored = { messageId: 'm', account, phoneNumber: '+14155550100' };
    await anyLink().run((redis) => redis.set(`{parley:${account}}:key:k`, JSON.stringify(stored)));
    expect(await shared[0]?.store.findByKeys(account, ['k'])).toEqual([
      { ...stored, metadata: {}, attempts: 1, settledMs: 0 },
    ]);
  });

  it.each(['', 'S', 'S|x', 'S|x|y|z', 'D', 'nonsense', '{"kind":"settled"}'])(
    'takes the stored value %j for nothing',
    async (value) => {
      const account = `account-${randomUUID()}`;
      const message = newMessage(account);
      await anyLink().run((redis) => redis.set(`{parley:${account}}:id:${message.messageId}`, value));
      await anyLink().run((redis) => redis.set(`{parley:${account}}:key:k`, value));
      const store = shared[0]?.store;
      if (!store) throw new Error('not open');
      expect(await claimOne(store, message, 'a:1')).toEqual({ kind: 'claimed', maybeSent: false });
      expect(await store.findByKeys(account, ['k'])).toEqual([undefined]);
      await anyLink().run((redis) => redis.set(`{parley:${account}}:id:${message.messageId}`, value));
      expect(await store.findById(account, message.messageId)).toBeUndefined();
    },
  );

  it('stops asking when nobody waits for an id any more', async () => {
    const account = `account-${randomUUID()}`;
    const replica = openReplica(at, account);
    await connected(replica);
    const message = newMessage(account);
    await claimOne(replica.store, message, `${replica.replicaId}:1`);
    const waiting = await claimOne(replica.store, message, `${replica.replicaId}:2`);
    if (waiting.kind !== 'in-flight') throw new Error(waiting.kind);
    const asked = watchesAsked(replica.link);
    await expect(waiting.ended(AbortSignal.timeout(700))).rejects.toThrow();
    expect(asked.count).toBeGreaterThan(0);
    asked.count = 0;
    await sleep(700);
    expect(asked.count).toBe(0);
  });
}

/** Counts what is asked of a link with the script that follows ids. */
function watchesAsked(link: RedisLink): { count: number } {
  const asked = { count: 0 };
  const evaluate = link.evaluate.bind(link);
  link.evaluate = (script, call) => {
    if (script.lua.includes("'free'")) asked.count += 1;
    return evaluate(script, call);
  };
  return asked;
}

function onOwnRedis(): void {
  const redis = ownRedis();

  it('fails at once while Redis is away, and knows everything again afterwards', async () => {
    const account = `account-${randomUUID()}`;
    const replicas = [openReplica(redis().url, account), openReplica(redis().url, account)] as const;
    const [one, other] = replicas;
    await connected(...replicas);
    const [sent, sending] = [newMessage(account), newMessage(account)];
    const settlement = acceptedAs('key');
    await one.store.settle([{ message: sent, holder: `${one.replicaId}:1`, settlement }]);
    await claimOne(one.store, sending, `${one.replicaId}:2`);
    const waiting = await claimOne(other.store, sending, `${other.replicaId}:1`);
    if (waiting.kind !== 'in-flight') throw new Error(waiting.kind);
    const ended = waiting.ended(AbortSignal.timeout(20_000));
    await sleep(1_100); // Redis writes its file every second
    await redis().server.kill();
    await until('noticed', () => replicas.every(({ link }) => !link.available));
    const askedMs = performance.now();
    for (let times = 0; times < 10; times++) {
      await expect(claimOne(one.store, sent, `${one.replicaId}:3`)).rejects.toThrow(RedisAway);
      await expect(one.store.findByKeys(account, ['key'])).rejects.toThrow(RedisAway);
    }
    expect(performance.now() - askedMs).toBeLessThan(5_000); // each wait would be 500
    await sleep(5_500); // as long as a replica may be silent
    await redis().server.start();
    await connected(...replicas);
    expect(await claimOne(other.store, sent, `${other.replicaId}:2`)).toEqual({
      kind: 'settled',
      settlement,
    });
    expect(await one.store.findByKeys(account, ['key'])).toMatchObject([{ messageId: sent.messageId }]);
    // It was Redis that was silent, not who sends it.
    expect((await claimOne(other.store, sending, `${other.replicaId}:3`)).kind).toBe('in-flight');
    await one.store.settle([{ message: sending, holder: `${one.replicaId}:2`, settlement }]);
    expect(await ended).toEqual(settlement);
  }, 25_000);

  it('tells those who wait that an id is free when everything was flushed', async () => {
    const account = `account-${randomUUID()}`;
    const [one, other] = [openReplica(redis().url, account), openReplica(redis().url, account)];
    await connected(one, other);
    const message = newMessage(account);
    await claimOne(one.store, message, `${one.replicaId}:1`);
    const waiting = await claimOne(other.store, message, `${other.replicaId}:1`);
    if (waiting.kind !== 'in-flight') throw new Error(waiting.kind);
    await one.link.run((admin) => admin.flushall());
    expect(await waiting.ended(AbortSignal.timeout(3_000))).toBeUndefined();
    expect(await claimOne(other.store, message, `${other.replicaId}:1`)).toMatchObject({ kind: 'claimed' });
  });
}
