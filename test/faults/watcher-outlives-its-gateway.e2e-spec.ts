import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import { SHARED_KAFKA_BROKERS, describeWithKafka } from '../kafka/shared-kafka.ts';
import { SHARED_REDIS_URL, describeWithRedis } from '../redis/shared-redis.ts';
import { postCallback } from './callbacks/callback-poster.ts';
import { Replicas } from './callbacks/replicas.ts';
import { bodyOf, idOf } from './callbacks/status-callback.ts';

const MESSAGES = 150;
const STATUSES = ['sent', 'delivered', 'read'] as const;
const AT_ONE_TIME = 5;
const START_TIMEOUT_MS = 120_000;

const describeWithBoth = describeWithKafka === describe ? describeWithRedis : describe.skip;

describeWithBoth('A watcher whose gateway is killed (needs KAFKA_BROKERS, REDIS_URL)', () => {
  let replicas: Replicas;
  const expected: string[] = [];
  /** Ids of the events, in the order they came; resumed watches bring some again. */
  const seen: string[] = [];
  const ends: string[] = [];
  let seenAtKill = 0;

  beforeAll(async () => {
    replicas = await Replicas.start({ brokers: SHARED_KAFKA_BROKERS, redisUrl: SHARED_REDIS_URL, count: 2 });
    const texts = await replicas.sendTexts(MESSAGES, 1);
    const stop = new AbortController();
    const begun = Promise.withResolvers<void>();
    const watching = watch(begun.resolve, stop.signal);
    await begun.promise;
    const posting = (async () => {
      for (const status of STATUSES) {
        for (let from = 0; from < texts.length; from += AT_ONE_TIME) {
          const some = texts.slice(from, from + AT_ONE_TIME);
          expected.push(...some.map((text) => idOf({ ...text, status })));
          const url = replicas.gateways[1]?.callbacksUrl ?? '';
          await Promise.all(
            some.map((text) =>
              postCallback(url, { body: bodyOf({ ...text, status }), token: replicas.token }),
            ),
          );
        }
      }
    })();
    await until('it has seen some', () => seen.length >= MESSAGES / 2);
    seenAtKill = seen.length;
    await replicas.gateways[0]?.kill();
    await posting;
    await until('it has seen all', () => new Set(seen).size >= expected.length, { timeoutMs: 20_000 });
    stop.abort();
    await replicas.gateways[1]?.terminate();
    await watching;
  }, START_TIMEOUT_MS);

  afterAll(() => replicas.stop(), START_TIMEOUT_MS);

  /** As a client does: at the next gateway when one is gone, from the moment that it was told last. */
  async function watch(onBegun: () => void, signal: AbortSignal): Promise<void> {
    let resumeTime: unknown;
    for (let turn = 0; !signal.aborted; turn++) {
      try {
        for await (const response of replicas.gateways[turn % 2]?.watch(resumeTime) ?? []) {
          onBegun();
          resumeTime = response.resumeTime;
          const { event } = response;
          if (event)
            seen.push(idOf({ ...event, status: event.status.replace('MESSAGE_STATUS_', '').toLowerCase() }));
        }
      } catch (error) {
        ends.push((error as Error).message);
        await sleep(100);
      }
    }
  }

  it('was killed while events came', () => {
    expect(seenAtKill).toBeLessThan(expected.length);
    expect(ends[0]).toMatch(/UNAVAILABLE/);
  });

  it('misses none of them when it resumes at another one', () => {
    expect([...new Set(seen)].toSorted()).toEqual(expected.toSorted());
  });

  it('is given few of them again', () => {
    expect(seen.length - expected.length).toBeLessThan(MESSAGES / 2);
  });
});
