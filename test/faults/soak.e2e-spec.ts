import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWithKafkaServer, ownKafka } from '../kafka/own-kafka.ts';
import { describeWithRedisServer, ownRedis } from '../redis/own-redis.ts';
import { FaultInjection } from './soak/fault-injection.ts';
import { REPLICAS, targetsIn } from './soak/fault-targets.ts';
import { growth, tellFigures } from './soak/figures.ts';
import { soak } from './soak/soak-run.ts';
import type { SoakRun } from './soak/soak-run.ts';
import { LIMIT_PER_SECOND, TrafficStage } from './traffic/traffic-stage.ts';

/** `FAULT_SOAK_MS=1800000` looks longer. */
const SOAK_MS = Number(process.env['FAULT_SOAK_MS'] ?? 20_000);
/** In a short time each fault is short, so that there are several. */
const PACE = SOAK_MS < 60_000 ? 2.5 : 1;
/** The same faults in the same order, of the same length; what they meet is never the same. */
const SEED = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Longer than the provider repeats a callback. */
const CALM_MS = 150_000;
const SETUP_TIMEOUT_MS = 120_000;
/** For the round of faults that was begun, and for reading the topics, on a busy machine. */
const LAST_ROUND_MS = 240_000;
const READ_MS = 480_000;
/** Shorter than by default, so that a request that is not answered is soon over. */
const REQUEST_TIMEOUT_MS = 3_000;
/** From SIGTERM to SIGKILL. */
const GRACE_MS = 20_000;
const MOST_GROWTH_MIB = 16;
const MOST_MORE_DESCRIPTORS = 4;

// Both are stopped: what KAFKA_BROKERS and REDIS_URL name is for others.
const describeWithServers = describeWithKafkaServer === describe ? describeWithRedisServer : describe.skip;

describeWithServers(
  `Three gateways among all faults at random (SOAK_SEED=${SEED}; needs Java and Maven, redis-server)`,
  amongFaults,
);

function amongFaults(): void {
  const kafka = ownKafka();
  const redis = ownRedis();
  let stage: TrafficStage | undefined;
  let faults: FaultInjection;
  let run: SoakRun;

  beforeAll(
    async () => {
      const servers = { kafka: kafka(), redis: redis() };
      stage = await TrafficStage.set({
        brokers: servers.kafka.brokers,
        redisUrl: servers.redis.url,
        seed: SEED,
        replicas: REPLICAS,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        graceMs: GRACE_MS,
      });
      faults = new FaultInjection(targetsIn(stage, servers));
      run = await soak(stage, faults, { seed: SEED, durationMs: SOAK_MS, pace: PACE, calmMs: CALM_MS });
      tellFigures(stage, faults, run);
    },
    SETUP_TIMEOUT_MS + SOAK_MS + LAST_ROUND_MS + 2 * CALM_MS + READ_MS,
  );

  afterAll(() => stage?.close(), SETUP_TIMEOUT_MS);

  it('bring every message to an end, and lose none that they accepted', () => {
    const { open, lost } = run.findings;
    expect({ open, lost, lag: run.lag, deadLetters: run.deadLetters }).toEqual({
      open: [],
      lost: [],
      lag: 0n,
      deadLetters: 0,
    });
  });

  it('send and tell nothing that nobody submitted', () => {
    const { phantom, statusesPhantom, misattributed } = run.findings;
    expect({ phantom, statusesPhantom, misattributed }).toEqual({
      phantom: [],
      statusesPhantom: [],
      misattributed: [],
    });
  });

  it('send twice, or call unknown, only what they flagged as ambiguous, while Redis is there to remember ids', () => {
    const { doubledReports, doubledUnflagged, unknownUnflagged } = run.findings;
    expect({ doubledReports, doubledUnflagged, unknownUnflagged }).toEqual({
      doubledReports: [],
      doubledUnflagged: [],
      unknownUnflagged: [],
    });
  });

  it('keep the order of each recipient, of messages and of statuses', () => {
    const { overtaken, disordered } = run.findings;
    expect({ overtaken, disordered }).toEqual({ overtaken: [], disordered: [] });
  });

  it('tell each end on the result topic, as its caller was told it, and again only as a duplicate', () => {
    const { untold, toldOtherwise, toldTwiceAsNew } = run.findings;
    expect({ untold, toldOtherwise, toldTwiceAsNew }).toEqual({
      untold: [],
      toldOtherwise: [],
      toldTwiceAsNew: [],
    });
  });

  it('tell every status, once unless something was in trouble while it was posted, always under one name', () => {
    const { givenUp, statusesLost, statusesDoubledInCalm, renamed } = run.findings;
    expect({ givenUp, statusesLost, statusesDoubledInCalm, renamed }).toEqual({
      givenUp: [],
      statusesLost: [],
      statusesDoubledInCalm: [],
      renamed: [],
    });
  });

  it('keep the limit together', () => {
    expect(run.worstSecond).toBeLessThanOrEqual(LIMIT_PER_SECOND);
  });

  it('come back by themselves, end in good order when they are asked to, and live all the time', () => {
    expect(faults.failures).toEqual([]);
    const disorderly = faults.exits.filter(({ exitCode }) => exitCode !== 0);
    expect(disorderly).toEqual([]);
    expect(run.notAlive).toBe(0);
  });

  it('do not grow, and keep no descriptors', () => {
    const { liveMiB, descriptors } = growth(run);
    expect(liveMiB).toBeLessThanOrEqual(MOST_GROWTH_MIB);
    expect(descriptors).toBeLessThanOrEqual(MOST_MORE_DESCRIPTORS);
  });
}
