import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Exit } from '@parley/provisioning';
import { monotonicMs, percentile, seededRandom, worstSecond } from '@parley/testing';
import type { Health } from '@parley/testing/gateway-client';
import { SHARED_KAFKA_BROKERS } from '../kafka/shared-kafka.ts';
import { ownRedis } from '../redis/own-redis.ts';
import { NOTHING_FOUND, callbackFindings } from './callbacks/callback-findings.ts';
import { statusEvents } from './callbacks/status-events.ts';
import { topicRecords } from './callbacks/topic-records.ts';
import { describeWithKafkaAndRedis } from './consumer/describe-with-kafka-and-redis.ts';
import { recordsAsConversations } from './consumer/settled-records.ts';
import { departuresOf } from './departures.ts';
import type { Call, Replica } from './kill/conversation.ts';
import { IdleConnections } from './traffic/idle-connections.ts';
import { Traffic } from './traffic/traffic.ts';
import { NOTHING_WRONG, trafficFindings } from './traffic/traffic-findings.ts';

/** `FAULT_RESTARTS=100` looks longer. */
const RESTARTS = Number(process.env['FAULT_RESTARTS'] ?? 6);
const REPLICAS = ['replica-a', 'replica-b', 'replica-c'];
const LIMIT_PER_SECOND = 10;
/** What the chart gives a pod after its preStop, and how much of it must be left. */
const GRACE_MS = 35_000;
const LEFT_MS = 5_000;
/** A replica that is up again serves for so long at most. */
const LONGEST_LIFE_MS = 1_500;
const END_TIMEOUT_MS = 60_000;
const SETUP_TIMEOUT_MS = 90_000;
const RUN_TIMEOUT_MS = RESTARTS * (GRACE_MS + 10_000) + END_TIMEOUT_MS;

describeWithKafkaAndRedis(
  `Three gateways under load, restarted ${RESTARTS} times one after the other (needs KAFKA_BROKERS and REDIS_URL)`,
  rolling,
);

interface Restart {
  readonly replica: string;
  readonly exit: Exit;
  readonly durationMs: number;
  readonly goneAtMs: number;
  readonly upAgainAtMs: number;
  readonly health: readonly Health[];
  readonly watchesEnded: readonly string[];
}

function rolling(): void {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const redis = ownRedis();
  const restarts: Restart[] = [];
  let traffic: Traffic;
  let sentBy: Map<string, { readonly from: string | undefined; readonly atMs: number }[]> | undefined;

  beforeAll(async () => {
    traffic = await Traffic.set({
      seed,
      brokers: SHARED_KAFKA_BROKERS,
      redisUrl: redis().url,
      replicas: REPLICAS,
      graceMs: GRACE_MS,
      limitPerSecond: LIMIT_PER_SECOND,
      conversations: 24,
      pauseMs: 2_000,
      recordsPerSecond: 8,
      httpCallers: 4,
    });
    traffic.begin();
    const random = seededRandom(seed);
    for (let nth = 0; nth < RESTARTS; nth++) {
      const replica = traffic.replicas[nth % REPLICAS.length];
      if (!replica) throw new Error('nobody to restart');
      const idle = await IdleConnections.open(replica);
      await sleep(random() * LONGEST_LIFE_MS);
      restarts.push(await restart(replica, idle));
    }
    await traffic.end({ timeoutMs: END_TIMEOUT_MS });
    tell(seed, traffic, restarts);
  }, SETUP_TIMEOUT_MS + RUN_TIMEOUT_MS);

  afterAll(() => traffic.stop(), SETUP_TIMEOUT_MS);

  it('end with exit code 0, each with time to spare', () => {
    expect(restarts.map(({ exit }) => exit)).toEqual(restarts.map(() => ({ exitCode: 0, signal: null })));
    expect(Math.max(...restarts.map(({ durationMs }) => durationMs))).toBeLessThan(GRACE_MS - LEFT_MS);
  });

  it('tell health watches that they leave, and end every stream', () => {
    expect(restarts.map(({ health }) => health.at(-1))).toEqual(restarts.map(() => 'NOT_SERVING'));
    expect(new Set(restarts.flatMap(({ watchesEnded }) => watchesEnded))).toEqual(new Set(['UNAVAILABLE']));
  });

  it('fail calls only as unavailable, and none that was sent', () => {
    const { failedCalls, conversations } = traffic;
    expect(failedCalls.filter(({ code }) => code !== 'UNAVAILABLE')).toEqual([]);
    const failed = new Set(failedCalls.map(callName));
    const texts = conversations.flatMap(({ said }) => said);
    const sentAndFailed = texts.filter(({ id, calls }) =>
      calls.some((call) => failed.has(callName(call)) && wasSentIn(id, call)),
    );
    expect(sentAndFailed).toEqual([]);
  });

  // A client that was silent while the gateway left, and writes in the moment in which its connection is closed, is reset.
  it('answer every request over a connection that stays open, or surely do not take it', () => {
    const calls = traffic.httpCallers.flatMap((caller) => caller.calls);
    const refused = new Set<unknown>([503, 'ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET']);
    const others = calls.filter(({ status, failure }) => status !== 200 && !refused.has(status ?? failure));
    expect(others).toEqual([]);
    const refusedAndSent = calls.filter(
      ({ id, replica, status, beganAtMs, endedAtMs }) =>
        status !== 200 && wasSentIn(id, { replica, fromMs: beganAtMs, toMs: endedAtMs }),
    );
    expect(refusedAndSent).toEqual([]);
  });

  it('lose nothing, double nothing and keep the order of every recipient', async () => {
    const sent = await topicRecords(SHARED_KAFKA_BROKERS, traffic.topics.send);
    const results = await topicRecords(SHARED_KAFKA_BROKERS, traffic.topics.result);
    const conversations = [
      ...traffic.conversations.map(({ said }) => said),
      ...recordsAsConversations(sent, results, REPLICAS),
    ];
    const httpCalls = traffic.httpCallers.flatMap(({ calls }) => calls);
    const { arrivals, flagged } = traffic;
    expect(trafficFindings({ conversations, httpCalls, arrivals, results, flagged })).toEqual(NOTHING_WRONG);
    expect(flagged).toEqual(new Set());
    expect(sent).toHaveLength(traffic.backlog.produced);
  });

  it('tell every status once and in order', async () => {
    const told = await statusEvents(SHARED_KAFKA_BROKERS, traffic.topics.status);
    expect(callbackFindings(traffic.poster.deliveries, told)).toEqual(NOTHING_FOUND);
  });

  it('leave every record committed', async () => {
    expect(await traffic.view.lag(traffic.topics.send)).toBe(0n);
  });

  it('send nothing once they are gone', () => {
    const sentWhileDown = restarts.flatMap(({ replica, goneAtMs, upAgainAtMs }) =>
      traffic.arrivals.filter(
        ({ headers, atMs }) => headers['user-agent'] === replica && atMs > goneAtMs && atMs < upAgainAtMs,
      ),
    );
    expect(sentWhileDown).toEqual([]);
  });

  // One more than the limit: processes that start and end all the time take the machine from one that has its permit.
  it('keep the limit together', () => {
    expect(worstSecond(departures())).toBeLessThanOrEqual(LIMIT_PER_SECOND + 1);
  });

  /** Whether the replica that was called sent the text while it was. */
  function wasSentIn(id: string, { replica, fromMs, toMs }: Call): boolean {
    sentBy ??= Map.groupBy(
      traffic.arrivals.flatMap(({ ids, headers, atMs }) =>
        ids.map((sent) => ({ sent, from: headers['user-agent'], atMs })),
      ),
      ({ sent }) => sent,
    );
    return (sentBy.get(id) ?? []).some(
      ({ from, atMs }) => from === replica && atMs >= fromMs && atMs <= toMs,
    );
  }

  function departures(): number[] {
    return departuresOf(traffic.replicas.map(({ gateway }) => gateway));
  }
}

async function restart({ name, gateway }: Replica, idle: IdleConnections): Promise<Restart> {
  const beganAtMs = monotonicMs();
  const exit = await gateway.terminate();
  const goneAtMs = monotonicMs();
  const watchesEnded = await idle.watchesEnded;
  idle.close();
  await gateway.start();
  return {
    replica: name,
    exit,
    durationMs: goneAtMs - beganAtMs,
    goneAtMs,
    upAgainAtMs: monotonicMs(),
    health: idle.health,
    watchesEnded,
  };
}

function callName({ replica, fromMs }: { readonly replica: string; readonly fromMs: number }): string {
  return `${replica}@${fromMs}`;
}

function tell(seed: number, traffic: Traffic, restarts: readonly Restart[]): void {
  const durationsMs = restarts.map(({ durationMs }) => durationMs);
  const httpCalls = traffic.httpCallers.flatMap(({ calls }) => calls);
  const figures = {
    seed,
    restarts: restarts.length,
    stopP50Ms: Math.round(percentile(durationsMs, 0.5)),
    stopMaxMs: Math.round(Math.max(...durationsMs)),
    texts: traffic.conversations.reduce((sum, { said }) => sum + said.length, 0),
    failedCalls: Object.fromEntries(
      [...Map.groupBy(traffic.failedCalls, ({ code, reason }) => `${code} ${reason ?? ''}`)].map(
        ([how, calls]) => [how, calls.length],
      ),
    ),
    records: traffic.backlog.produced,
    httpCalls: Object.fromEntries(
      [...Map.groupBy(httpCalls, ({ status, failure }) => String(status ?? failure))].map(([how, calls]) => [
        how,
        calls.length,
      ]),
    ),
    callbacks: traffic.poster.deliveries.length,
    requests: traffic.arrivals.length,
    worstSecond: worstSecond(departuresOf(traffic.replicas.map(({ gateway }) => gateway))),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
