import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { monotonicMs } from '@parley/testing';
import { SHARED_KAFKA_BROKERS, describeWithKafka } from '../kafka/shared-kafka.ts';
import { SHARED_REDIS_URL, describeWithRedis } from '../redis/shared-redis.ts';
import { postCallback } from './callbacks/callback-poster.ts';
import { Replicas } from './callbacks/replicas.ts';
import { bodyOf } from './callbacks/status-callback.ts';
import { statusEvents } from './callbacks/status-events.ts';
import type { ToldStatus } from './callbacks/status-events.ts';
import { accept } from './faulty-provider.ts';
import { textOf } from './texts.ts';

/** A callback waits for so long for the answer to its own send. */
const OVERTAKE_MS = 1_500;
const OVERTAKEN_BY_MS = 150;
/** Beside the wait, for everything else, on a machine that others use too. */
const ELSE_MS = 5_000;
const START_TIMEOUT_MS = 120_000;
const TEST_TIMEOUT_MS = 30_000;
/** More than may wait at the same time. */
const UNKNOWN_AT_ONCE = 600;

const describeWithBoth = describeWithKafka === describe ? describeWithRedis : describe.skip;

describeWithBoth('A callback (needs KAFKA_BROKERS, REDIS_URL)', beforeItsAnswer);

function beforeItsAnswer(): void {
  let replicas: Replicas;

  beforeAll(async () => {
    replicas = await Replicas.start({ brokers: SHARED_KAFKA_BROKERS, redisUrl: SHARED_REDIS_URL, count: 2 });
  }, START_TIMEOUT_MS);

  afterAll(() => replicas.stop(), START_TIMEOUT_MS);

  it(
    'that comes before the answer to its own send waits for it, at whichever gateway, and brings its message’s id',
    async () => {
      const text = textOf();
      const callback = {
        key: `whatsapp-${text.messageId}`,
        status: 'sent',
        phoneNumber: text.phoneNumber,
      } as const;
      const answers: Promise<number>[] = [];
      replicas.provider.behaviour = (arrival, response) => {
        for (const gateway of [0, 1]) answers.push(post(bodyOf(callback), gateway));
        void sleep(OVERTAKEN_BY_MS).then(() => accept(arrival, response));
      };
      const end = await replicas.gateways[0]?.send([text]);
      expect(end).toMatchObject({ kind: 'results', results: [{ outcome: 'ACCEPTED' }] });
      expect(await Promise.all(answers)).toEqual([200, 200]);
      const [told, ...more] = await toldOf(callback.key);
      expect(more).toEqual([]);
      expect(told?.event).toMatchObject({ messageId: text.messageId, phoneNumber: text.phoneNumber });
      expect(told?.headers).toMatchObject({ ce_correlation: 'matched' });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'whose send is answered later than that goes out without its message, and neither is lost',
    async () => {
      const text = textOf();
      const callback = {
        key: `whatsapp-${text.messageId}`,
        status: 'sent',
        phoneNumber: text.phoneNumber,
      } as const;
      let answered: number | undefined;
      replicas.provider.behaviour = (arrival, response) => {
        void post(bodyOf(callback)).then((status) => {
          answered = status;
          accept(arrival, response);
        });
      };
      const end = await replicas.gateways[0]?.send([text]);
      expect(end).toMatchObject({ kind: 'results', results: [{ outcome: 'ACCEPTED' }] });
      expect(answered).toBe(200);
      const [told, ...more] = await toldOf(callback.key);
      expect(more).toEqual([]);
      expect(told?.event).not.toHaveProperty('messageId');
      expect(told?.headers).toMatchObject({ ce_correlation: 'unknown' });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'of a message that was sent elsewhere is told as such, after no longer than an answer may take',
    async () => {
      const key = `whatsapp-${randomUUID()}`;
      const beganAtMs = monotonicMs();
      expect(await post(bodyOf({ key, status: 'delivered', phoneNumber: '+14155550101' }))).toBe(200);
      const tookMs = monotonicMs() - beganAtMs;
      expect(tookMs).toBeGreaterThanOrEqual(OVERTAKE_MS - 100);
      expect(tookMs).toBeLessThan(OVERTAKE_MS + ELSE_MS);
      const [told, ...more] = await toldOf(key);
      expect(more).toEqual([]);
      expect(told).toMatchObject({ key: '+14155550101', headers: { ce_correlation: 'unknown' } });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    `is never dropped when ${UNKNOWN_AT_ONCE} of messages that nobody knows come at once`,
    async () => {
      const keys = Array.from({ length: UNKNOWN_AT_ONCE }, () => `whatsapp-${randomUUID()}`);
      const statuses = await Promise.all(
        keys.map((key) => post(bodyOf({ key, status: 'sent', phoneNumber: '+14155550102' }))),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      const told = await statusEvents(SHARED_KAFKA_BROKERS, replicas.topics.status);
      const expected = new Set(keys);
      const ofThese = told.map(({ event }) => event.key).filter((key) => expected.has(key));
      expect(ofThese.toSorted()).toEqual(keys.toSorted());
    },
    TEST_TIMEOUT_MS,
  );

  /** At the gateway that sends, or at the other one. */
  function post(body: string, gateway = 1): Promise<number> {
    return postCallback(replicas.gateways[gateway]?.callbacksUrl ?? '', { body, token: replicas.token });
  }

  async function toldOf(key: string): Promise<ToldStatus[]> {
    const told = await statusEvents(SHARED_KAFKA_BROKERS, replicas.topics.status);
    return told.filter(({ event }) => event.key === key);
  }
}
