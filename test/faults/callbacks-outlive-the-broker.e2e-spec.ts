import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@parley/provisioning';
import { monotonicMs, percentile } from '@parley/testing';
import { describeWithKafkaServer, ownKafka } from '../kafka/own-kafka.ts';
import { describeWithRedisServer, ownRedis } from '../redis/own-redis.ts';
import { NOTHING_FOUND, callbackFindings } from './callbacks/callback-findings.ts';
import type { CallbackFindings } from './callbacks/callback-findings.ts';
import { CallbackPoster } from './callbacks/callback-poster.ts';
import type { Attempt, Delivery } from './callbacks/callback-poster.ts';
import { Replicas } from './callbacks/replicas.ts';
import { retrySchedule } from './callbacks/retry-schedule.ts';
import { idsUnderWay } from './callbacks/under-way.ts';
import type { Death } from './callbacks/under-way.ts';
import { idOf } from './callbacks/status-callback.ts';
import { statusEvents } from './callbacks/status-events.ts';
import { StatusTraffic } from './callbacks/status-traffic.ts';
import { topicLength } from './callbacks/topic-records.ts';
import { atRate } from './caller.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';

const CALLBACKS_PER_SECOND = 100;
/** How much faster than the provider's the clock runs here: a minute takes 300 ms. `FAULT_COMPRESSION=1` takes as long. */
const COMPRESSION = Number(process.env['FAULT_COMPRESSION'] ?? 200);
/** How much longer everything lasts than by default. */
const LONGER = 200 / COMPRESSION;
/**
 * What a gateway was telling when it was killed stays its own for 20 s, which no test compresses. So repetitions go by a
 * slower clock, on which the fifth is behind that, as the first is on the provider's.
 */
const COMPRESSION_OF_REPETITIONS_WITH_KILLS = Math.min(30, COMPRESSION);
const OUTAGE_MINUTES = 70;
const OUTAGE_WITH_KILLS_MINUTES = 55;
/** Shorter than the schedule, so that all of its repetitions can still help. */
const BOTH_AWAY_MINUTES = 12;
/** With the broker there, before and after. */
const CALM_MS = 2_000;
/** So many that somebody always has nothing on the way, though each waits for its own. */
const RECIPIENTS = 600;
const TEXTS_EACH = Math.ceil(4 * LONGER);
const PAUSE_BETWEEN_KILLS_MS = 1_000;
const LEAST_KILLS = 4;
/** Before, with the broker there. */
const KILLS_IN_CALM = 2;
/** What the drain puts on the bus at once: those may be there when its process dies, and the next one puts them again. */
const DRAIN_REQUEST_RECORDS = 500;
const DRAIN_TIMEOUT_MS = 60_000 * LONGER;
/** Of what was posted during the outage: all but what was still under way. */
const OUTAGE_SHARE_SPOOLED = 0.9;
/** How long before Redis is back an attempt must have begun to be answered before that. */
const REFUSED_WITHIN_MS = 2_000;
const LEAST_REFUSED = 100;
const START_TIMEOUT_MS = 120_000 * LONGER;
const TEST_TIMEOUT_MS = 180_000 * LONGER;

// Both are stopped: what KAFKA_BROKERS and REDIS_URL name is for others.
const describeWithServers = describeWithKafkaServer === describe ? describeWithRedisServer : describe.skip;

describeWithServers(
  `Callbacks, ${CALLBACKS_PER_SECOND} a second at two gateways (needs Java and Maven, redis-server)`,
  throughOutages,
);

function throughOutages(): void {
  const kafka = ownKafka();
  const redis = ownRedis();
  let replicas: Replicas;

  beforeEach(async () => {
    replicas = await Replicas.start({ brokers: kafka().brokers, redisUrl: redis().url, count: 2 });
  }, START_TIMEOUT_MS);

  afterEach(async () => {
    try {
      await replicas.stop();
    } finally {
      // A test that failed in an outage leaves it to none after it.
      if (redis().server.pid === undefined) await redis().server.start();
      if (kafka().broker.pid === undefined) await startBroker();
    }
  }, START_TIMEOUT_MS);

  it(
    `are taken at once, and are on the topic once and in order, though the broker was dead for ${OUTAGE_MINUTES} of the provider’s minutes`,
    async () => {
      let spooled = NaN;
      const least = ((OUTAGE_SHARE_SPOOLED * compressed(OUTAGE_MINUTES)) / 1_000) * CALLBACKS_PER_SECOND;
      const run = await whilePosting(async () => {
        await kafka().broker.kill();
        await sleep(compressed(OUTAGE_MINUTES));
        // What is told of the spool may be older than what is in it.
        const areSpooled = async (): Promise<boolean> => (spooled = await waiting()) > least;
        await waitUntil(areSpooled, { signal: deadline(), everyMs: 100 }).catch(() => undefined);
        await startBroker();
      });
      tell(run, { spooled });
      expect(spooled).toBeGreaterThan(least);
      expect(run.findings).toEqual(NOTHING_FOUND);
      expect(run.left).toBe(0);
      expect(run.refused).toEqual([]);
      expect(run.heldUp).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'are all there in order, doubled only where a request was under way, when gateways are killed right after an answer',
    async () => {
      const kills: Death[] = [];
      let [killedAtMs, drainKilledAtMs] = [NaN, NaN];
      const kill = async (target: number): Promise<void> => {
        const gateway = replicas.gateways[target];
        const beganAtMs = monotonicMs();
        await gateway?.kill();
        kills.push({ target, beganAtMs, endedAtMs: monotonicMs() });
        await gateway?.start();
      };
      const run = await whilePosting(async (poster) => {
        while (kills.length < KILLS_IN_CALM) {
          await kill(await poster.nextTaken());
          await sleep(PAUSE_BETWEEN_KILLS_MS);
        }
        const toldBefore = await length();
        killedAtMs = monotonicMs();
        await kafka().broker.kill();
        const backAtMs = monotonicMs() + compressed(OUTAGE_WITH_KILLS_MINUTES);
        while (monotonicMs() < backAtMs || kills.length < KILLS_IN_CALM + LEAST_KILLS) {
          await kill(await poster.nextTaken());
          await sleep(PAUSE_BETWEEN_KILLS_MS);
        }
        await startBroker();
        // While one of them drains.
        await waitUntil(async () => (await length()) > toldBefore, { signal: deadline(), everyMs: 5 });
        drainKilledAtMs = monotonicMs();
        await Promise.all([kill(0), kill(1)]);
      }, COMPRESSION_OF_REPETITIONS_WITH_KILLS);
      const underWay = idsUnderWay(run.deliveries, kills);
      // Also what was on its way to the broker when it died, and what came when it was back and the drain not done.
      const spooled = new Set(
        run.deliveries
          .filter(({ attempts }) =>
            attempts.some(
              (attempt) =>
                wasTaken(attempt) && attempt.endedAtMs >= killedAtMs && attempt.beganAtMs <= drainKilledAtMs,
            ),
          )
          .map(({ callback }) => idOf(callback)),
      );
      const { doubled, ...others } = run.findings;
      const doubledByTheDrain = doubled.filter((id) => !underWay.has(id));
      tell(run, {
        kills: kills.length,
        underWay: underWay.size,
        doubledByTheDrain: doubledByTheDrain.length,
      });
      expect(others).toEqual({ lost: [], phantom: [], disordered: [], renamed: [] });
      expect(doubledByTheDrain.filter((id) => !spooled.has(id))).toEqual([]);
      expect(doubledByTheDrain.length).toBeLessThanOrEqual(DRAIN_REQUEST_RECORDS);
      expect(run.givenUp).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'are answered 503 while Redis is dead too, and are all there once the provider’s schedule was over',
    async () => {
      let death: Death | undefined;
      let backAtMs = NaN;
      const run = await whilePosting(async () => {
        await kafka().broker.kill();
        // For so long that something is in the spool, which must not be lost with Redis.
        await sleep(CALM_MS);
        const beganAtMs = monotonicMs();
        await redis().server.kill();
        death = { beganAtMs, endedAtMs: monotonicMs() };
        await sleep(compressed(BOTH_AWAY_MINUTES));
        backAtMs = monotonicMs();
        await redis().server.start();
        await startBroker();
      });
      if (!death) throw new Error('Redis was not killed');
      const { endedAtMs: awayFromMs } = death;
      const begun = run.deliveries
        .flatMap(({ attempts }) => attempts)
        .filter(({ beganAtMs }) => beganAtMs >= awayFromMs && beganAtMs <= backAtMs - REFUSED_WITHIN_MS);
      const during = begun.filter(({ endedAtMs }) => endedAtMs <= backAtMs);
      const slowestMs = Math.max(...begun.map(durationMs));
      tell(run, { whileBothAway: during.length, slowestRefusalMs: Math.round(slowestMs) });
      expect(during.length).toBeGreaterThanOrEqual(LEAST_REFUSED);
      expect(new Set(during.map(({ status }) => status))).toEqual(new Set([503]));
      expect(slowestMs).toBeLessThanOrEqual(latencyBoundMs(REFUSED_WITHIN_MS));
      const { doubled, ...others } = run.findings;
      expect(others).toEqual({ lost: [], phantom: [], disordered: [], renamed: [] });
      // Redis may have kept what it did not live to confirm.
      const underWay = idsUnderWay(run.deliveries, [death]);
      expect(doubled.filter((id) => !underWay.has(id))).toEqual([]);
      expect(run.givenUp).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  /** Posts while something happens, and around it. Resolves once everything that was taken is on the topic. */
  async function whilePosting(
    happens: (poster: CallbackPoster) => Promise<void>,
    compressionOfRepetitions = COMPRESSION,
  ): Promise<Run> {
    const poster = new CallbackPoster({
      urls: replicas.gateways.map(({ callbacksUrl }) => callbacksUrl),
      token: replicas.token,
      retriesAfterMs: retrySchedule(compressionOfRepetitions),
    });
    const traffic = new StatusTraffic(poster, await replicas.sendTexts(RECIPIENTS, TEXTS_EACH));
    const over = new AbortController();
    const load = atRate(CALLBACKS_PER_SECOND, over.signal, () => traffic.postNext());
    const beganAtMs = monotonicMs();
    let perSecond: number;
    try {
      await sleep(CALM_MS);
      await happens(poster);
      await sleep(CALM_MS);
    } finally {
      over.abort();
      perSecond = poster.deliveries.length / ((monotonicMs() - beganAtMs) / 1_000);
      await load;
    }
    const { deliveries } = poster;
    const taken = deliveries.filter(({ wasTaken }) => wasTaken).length;
    const endedAtMs = monotonicMs();
    const isDrained = async (): Promise<boolean> => (await length()) >= taken && (await waiting()) === 0;
    // What is still missing at the end of that is found below.
    await waitUntil(isDrained, { signal: deadline(), everyMs: 200 }).catch(() => undefined);
    const drainMs = monotonicMs() - endedAtMs;
    const told = await statusEvents(kafka().brokers, replicas.topics.status);
    const findings = callbackFindings(deliveries, told);
    const refused = deliveries.flatMap(({ attempts }) => attempts).filter(({ status }) => status !== 200);
    const givenUp = deliveries.filter(({ wasTaken }) => !wasTaken);
    const left = await waiting();
    return { deliveries, findings, left, refused, givenUp, heldUp: traffic.heldUp, perSecond, drainMs };
  }

  /** Resolves once it answers. */
  async function startBroker(): Promise<void> {
    await kafka().broker.start();
    const answers = async (): Promise<boolean> => (await length()) >= 0;
    await waitUntil(answers, { signal: deadline(), everyMs: 100 });
  }

  /** Records in the spool, as gateways tell it. */
  async function waiting(): Promise<number> {
    return (await replicas.gateways[0]?.metric('parley_spool_records')) ?? NaN;
  }

  /** Records on the status topic. */
  function length(): Promise<number> {
    return topicLength(kafka().brokers, replicas.topics.status);
  }
}

interface Run {
  readonly deliveries: readonly Delivery[];
  readonly findings: CallbackFindings;
  /** Records in the spool at the end. */
  readonly left: number;
  /** Attempts without a 2xx. */
  readonly refused: readonly Attempt[];
  /** Not taken at the end of the schedule. */
  readonly givenUp: readonly Delivery[];
  /** Callbacks that could not be posted because every recipient still waited for the one before. */
  readonly heldUp: number;
  readonly perSecond: number;
  /** From the end of the load until everything was there. */
  readonly drainMs: number;
}

function wasTaken({ status }: Attempt): boolean {
  return status === 200;
}

function durationMs({ beganAtMs, endedAtMs }: Attempt): number {
  return endedAtMs - beganAtMs;
}

function compressed(minutes: number): number {
  return (minutes * 60_000) / COMPRESSION;
}

function deadline(): AbortSignal {
  return AbortSignal.timeout(DRAIN_TIMEOUT_MS);
}

function tell(
  { deliveries, findings, left, refused, givenUp, perSecond, drainMs, heldUp }: Run,
  more = {},
): void {
  const takenInMs = deliveries.flatMap(({ attempts }) => attempts.filter(wasTaken).map(durationMs));
  const figures = {
    callbacks: deliveries.length,
    perSecond: Math.round(perSecond),
    heldUp,
    refused: refused.length,
    givenUp: givenUp.length,
    drainMs: Math.round(drainMs),
    left,
    p50Ms: Math.round(percentile(takenInMs, 0.5)),
    p99Ms: Math.round(percentile(takenInMs, 0.99)),
    slowestMs: Math.round(Math.max(...takenInMs)),
    ...Object.fromEntries(
      Object.entries<readonly string[]>({ ...findings }).map(([name, ids]) => [name, ids.length]),
    ),
    ...more,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
