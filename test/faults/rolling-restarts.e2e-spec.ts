import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Exit } from '@parley/provisioning';
import { monotonicMs, percentile, seededRandom, worstSecond } from '@parley/testing';
import type { Health } from '@parley/testing/gateway-client';
import { SHARED_KAFKA_BROKERS } from '../kafka/shared-kafka.ts';
import { ownRedis } from '../redis/own-redis.ts';
import { atRate } from './caller.ts';
import { describeWithKafkaAndRedis } from './consumer/describe-with-kafka-and-redis.ts';
import type { Call, Replica } from './kill/conversation.ts';
import { IdleConnections } from './traffic/idle-connections.ts';
import { trafficFindings } from './traffic/traffic-findings.ts';
import type { TrafficFindings } from './traffic/traffic-findings.ts';
import { LIMIT_PER_SECOND, TrafficStage } from './traffic/traffic-stage.ts';

/** `FAULT_RESTARTS=100` looks longer. */
const RESTARTS = Number(process.env['FAULT_RESTARTS'] ?? 6);
const REPLICAS = ['replica-a', 'replica-b', 'replica-c'];
const CALLS_PER_SECOND = 15;
/** Longer than the provider takes for anything on a busy machine. */
const REQUEST_TIMEOUT_MS = 10_000;
/** What the chart gives a pod after its preStop, and how much of it must be left. */
const GRACE_MS = 35_000;
const LEFT_MS = 5_000;
/** A replica that is up again serves for so long at most. */
const LONGEST_LIFE_MS = 1_500;
const END_TIMEOUT_MS = 60_000;
const SETUP_TIMEOUT_MS = 90_000;
const RUN_TIMEOUT_MS = RESTARTS * (GRACE_MS + 10_000) + 3 * END_TIMEOUT_MS;

describeWithKafkaAndRedis(
  `Three gateways under load, restarted ${RESTARTS} times one after the other (needs KAFKA_BROKERS and REDIS_URL)`,
  rolling,
);

interface Restart {
  readonly replica: string;
  readonly exit: Exit;
  readonly durationMs: number;
  readonly health: readonly Health[];
  readonly watchesEnded: readonly string[];
}

function rolling(): void {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const redis = ownRedis();
  const restarts: Restart[] = [];
  let stage: TrafficStage;
  let findings: TrafficFindings;
  let lag: bigint;

  beforeAll(async () => {
    stage = await TrafficStage.set({
      brokers: SHARED_KAFKA_BROKERS,
      redisUrl: redis().url,
      seed,
      replicas: REPLICAS.map((name) => ({ name })),
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      graceMs: GRACE_MS,
    });
    const over = new AbortController();
    const load = atRate(CALLS_PER_SECOND, over.signal, () => stage.traffic.next());
    const random = seededRandom(seed);
    while (restarts.length < RESTARTS) {
      const replica = stage.replicas[restarts.length % REPLICAS.length];
      if (!replica) throw new Error('nobody to restart');
      const idle = await IdleConnections.open(replica);
      await sleep(random() * LONGEST_LIFE_MS);
      restarts.push(await restart(replica, idle));
    }
    over.abort();
    await load;
    lag = await stage.calmDown(END_TIMEOUT_MS);
    await stage.posts.done();
    findings = trafficFindings(await stage.history());
    tell(seed, stage, restarts);
  }, SETUP_TIMEOUT_MS + RUN_TIMEOUT_MS);

  afterAll(() => stage.close(), SETUP_TIMEOUT_MS);

  it('end with exit code 0, each with time to spare', () => {
    expect(restarts.map(({ exit }) => exit)).toEqual(restarts.map(() => ({ exitCode: 0, signal: null })));
    expect(Math.max(...restarts.map(({ durationMs }) => durationMs))).toBeLessThan(GRACE_MS - LEFT_MS);
  });

  it('tell health watches that they leave, and end every stream', () => {
    expect(restarts.map(({ health }) => health.at(-1))).toEqual(restarts.map(() => 'NOT_SERVING'));
    expect(new Set(restarts.flatMap(({ watchesEnded }) => watchesEnded))).toEqual(new Set(['UNAVAILABLE']));
  });

  it('fail calls only as unavailable, and none that was sent', () => {
    const { failedCalls, conversations } = stage.traffic;
    expect(failedCalls.filter(({ code }) => code !== 'UNAVAILABLE')).toEqual([]);
    const failed = new Set(failedCalls.map(callName));
    const wasSent = sentIn(stage);
    const sentAndFailed = conversations
      .flat()
      .filter(({ id, calls }) => calls.some((call) => failed.has(callName(call)) && wasSent(id, call)));
    expect(sentAndFailed).toEqual([]);
  });

  // A client that was silent while the gateway left, and writes in the moment in which its connection is closed, is reset.
  it('answer every request over a connection that stays open, or surely do not take it', () => {
    const { posted } = stage.traffic;
    const refused = new Set<unknown>([503, 'ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET']);
    const others = posted.filter(({ status, failure }) => status !== 200 && !refused.has(status ?? failure));
    expect(others).toEqual([]);
    const wasSent = sentIn(stage);
    expect(posted.filter((call) => call.status !== 200 && wasSent(call.body, call))).toEqual([]);
  });

  it('lose nothing, send nothing twice, and keep the order of every recipient', () => {
    const { outcomes, open, lost, doubledReports, doubledResends, overtaken, phantom } = findings;
    expect({ open, lost, doubledReports, doubledResends, overtaken, phantom }).toEqual({
      open: [],
      lost: [],
      doubledReports: [],
      doubledResends: [],
      overtaken: [],
      phantom: [],
    });
    expect(Object.keys(outcomes).filter((outcome) => !outcome.endsWith('ACCEPTED'))).toEqual([]);
    expect(stage.logs.flagged).toEqual(new Set());
  });

  it('tell every end once', () => {
    const { untold, toldOtherwise, toldTwiceAsNew } = findings;
    expect({ untold, toldOtherwise, toldTwiceAsNew }).toEqual({
      untold: [],
      toldOtherwise: [],
      toldTwiceAsNew: [],
    });
  });

  it('tell every status once and in order', () => {
    const { givenUp, statusesLost, statusesPhantom, statusesDoubled, disordered, renamed } = findings;
    expect({ givenUp, statusesLost, statusesPhantom, statusesDoubled, disordered, renamed }).toEqual({
      givenUp: [],
      statusesLost: [],
      statusesPhantom: [],
      statusesDoubled: [],
      disordered: [],
      renamed: [],
    });
  });

  it('leave every record committed', () => {
    expect(lag).toBe(0n);
  });

  // One more than the limit: processes that start and end all the time take the machine from one that has its permit.
  it('keep the limit together', () => {
    expect(worstSecond(stage.logs.departures)).toBeLessThanOrEqual(LIMIT_PER_SECOND + 1);
  });
}

async function restart({ name, gateway }: Replica, idle: IdleConnections): Promise<Restart> {
  const beganAtMs = monotonicMs();
  const exit = await gateway.terminate();
  const durationMs = monotonicMs() - beganAtMs;
  const watchesEnded = await idle.watchesEnded;
  idle.close();
  await gateway.start();
  return {
    replica: name,
    exit,
    durationMs,
    health: idle.health,
    watchesEnded,
  };
}

/** Whether the replica that was called sent the text while it was. */
function sentIn({ provider }: TrafficStage): (body: string, call: Call) => boolean {
  const arrivals = provider.arrivals.flatMap((arrival) =>
    arrival.bodies.map((body) => ({ body, ...arrival })),
  );
  const byBody = Map.groupBy(arrivals, ({ body }) => body);
  return (body, { replica, fromMs, toMs }) =>
    (byBody.get(body) ?? []).some(({ from, atMs }) => from === replica && atMs >= fromMs && atMs <= toMs);
}

function callName({ replica, fromMs }: Call): string {
  return `${replica}@${fromMs}`;
}

function tell(
  seed: number,
  { traffic, provider, poster, logs }: TrafficStage,
  restarts: readonly Restart[],
): void {
  const durationsMs = restarts.map(({ durationMs }) => durationMs);
  const figures = {
    seed,
    restarts: restarts.length,
    stopP50Ms: Math.round(percentile(durationsMs, 0.5)),
    stopMaxMs: Math.round(Math.max(...durationsMs)),
    texts: traffic.conversations.flat().length,
    failedCalls: countBy(traffic.failedCalls, ({ code, reason = '' }) => `${code} ${reason}`),
    records: traffic.produced.size,
    httpCalls: countBy(traffic.posted, ({ status, failure }) => String(status ?? failure)),
    callbacks: poster.deliveries.length,
    requests: provider.arrivals.length,
    worstSecond: worstSecond(logs.departures),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

function countBy<T>(all: readonly T[], nameOf: (one: T) => string): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(all, nameOf)].map(([name, some]) => [name, some.length]));
}
