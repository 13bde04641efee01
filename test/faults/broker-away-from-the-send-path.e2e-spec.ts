import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@parley/contracts';
import { createKafkaBus, createTopics } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { waitUntil } from '@parley/provisioning';
import type { LocalKafka, LocalRedis } from '@parley/provisioning';
import { percentile, until } from '@parley/testing';
import type { CallEnd } from '@parley/testing/gateway-client';
import { GroupView } from '../kafka/group-view.ts';
import { describeWithKafkaServer, startOwnKafka } from '../kafka/own-kafka.ts';
import { TopicReader } from '../kafka/topic-reader.ts';
import { KafkaConsole } from '../kafka-tools/console.ts';
import { describeWithRedisServer, startOwnRedis } from '../redis/own-redis.ts';
import { atRate } from './caller.ts';
import { Backlog } from './consumer/backlog.ts';
import { resultOf } from './consumer/settled-records.ts';
import { GatewayProcess } from './gateway-process.ts';
import { RecordingProvider } from './kill/recording-provider.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';
import { textOf } from './texts.ts';

/** `FAULT_OUTAGE_MS=300000` looks longer. */
const OUTAGE_MS = Number(process.env['FAULT_OUTAGE_MS'] ?? 10_000);
const GROUP = 'parley-gateway';
const CALLS_PER_SECOND = 20;
const LIMIT_PER_SECOND = 50;
const CALL_TIMEOUT_MS = 10_000;
/** Of a call while the broker is away: the first ones wait for the second after which its result event is spooled. */
const SERVED_WITHIN_MS = 2_000;
/** Records on the topic when the broker goes: more than are settled by then. */
const BACKLOG = 5_000;
/** So many recipients have records in each partition. */
const AFTERWARDS = 30;
const PARTITIONS = 3;
const BEFORE_MS = 2_000;
/** From the broker's return until a record that is written then is settled. */
const RESUME_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 100;
const SETUP_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = OUTAGE_MS + 3 * RESUME_TIMEOUT_MS;

// What waits in the spool is for this broker, not for the one that others use.
const describeWithBoth = describeWithRedisServer === describe ? describeWithKafkaServer : describe.skip;

describeWithBoth('A broker that is away from the send path (needs Java and Maven, redis-server)', brokerAway);

function brokerAway(): void {
  let kafka: LocalKafka;
  let redis: LocalRedis;
  let provider: RecordingProvider;
  let gateway: GatewayProcess;
  let bus: Bus;
  let results: TopicReader;
  let pid: number | undefined;
  let run: Run;

  beforeAll(async () => {
    [kafka, redis, provider] = await Promise.all([
      startOwnKafka(),
      startOwnRedis(),
      RecordingProvider.listen({ latencyMs: 20 }),
    ]);
    const brokers = kafka.brokers.split(',');
    await createTopics(
      brokers,
      Object.values(TOPICS).map((topic) => ({ topic, partitions: PARTITIONS })),
    );
    bus = createKafkaBus({ brokers, clientId: 'test' });
    results = new TopicReader(bus, TOPICS.result);
    gateway = await GatewayProcess.start({
      providerUrl: provider.url,
      account: `away-${randomUUID().slice(0, 8)}`,
      settings: {
        NODE_ENV: 'production',
        AUTH: 'off',
        LOG_LEVEL: 'info',
        KAFKA_BROKERS: kafka.brokers,
        REDIS_URL: redis.url,
        INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
        INSIDER_MAX_MESSAGES_PER_REQUEST: '20',
        CALLBACK_TOKENS: 'token-of-the-test',
      },
    });
    ({ pid } = gateway);
    run = await takeTheBrokerAway({ kafka, bus, gateway, results });
    tell(run);
  }, SETUP_TIMEOUT_MS + RUN_TIMEOUT_MS);

  afterAll(async () => {
    await gateway.stop();
    await Promise.all([bus.close(), provider.close()]);
    await Promise.all([kafka.stop(), redis.stop()]);
  }, SETUP_TIMEOUT_MS);

  it('keeps no call from being served', () => {
    const ends = run.calls.map(({ end }) => (end.kind === 'results' ? end.results[0]?.outcome : end.code));
    expect([...new Set(ends)]).toEqual(['ACCEPTED']);
    expect(run.calls.filter(({ during }) => during).length).toBeGreaterThan(
      (CALLS_PER_SECOND * OUTAGE_MS) / 2_000,
    );
    expect(run.slowMs).toBeLessThan(latencyBoundMs(SERVED_WITHIN_MS));
  });

  it('neither ends the process nor makes it seem dead', () => {
    expect(run.liveness.length).toBeGreaterThan(OUTAGE_MS / 1_000);
    expect([...new Set(run.liveness)]).toEqual([200]);
    expect(gateway.pid).toBe(pid);
    expect(gateway.log.noise).toEqual([]);
  });

  it('is noticed as back within a minute: the consumer goes on', () => {
    expect(run.unsettledWhenItWent).toBeGreaterThan(0);
    expect(run.partitionsAfterwards).toBe(PARTITIONS);
    expect(run.resumedAfterMs).toBeLessThan(RESUME_TIMEOUT_MS);
  });

  it('gets the result event of every call, those of the outage too, once each', () => {
    const told = Map.groupBy(results.records.map(resultOf), ({ messageId }) => messageId);
    const times = run.calls.map(({ id }) => [id, told.get(id)?.length ?? 0] as const);
    expect(times.filter(([, count]) => count !== 1)).toEqual([]);
  });

  it('gets a result event of every record, and another one only as a duplicate', () => {
    const told = Map.groupBy(results.records.map(resultOf), ({ messageId }) => messageId);
    expect(run.records.filter((id) => !told.has(id))).toEqual([]);
    const asNew = run.records.map((id) => told.get(id)?.filter(({ duplicate }) => !duplicate).length ?? 0);
    expect(Math.max(...asNew)).toBe(1);
  });

  it('makes nothing be sent twice that was not flagged as ambiguous', async () => {
    const arrived = (await provider.arrivals()).flatMap(({ bodies }) => bodies);
    const byId = Map.groupBy(arrived, (id) => id);
    const flagged = new Set(gateway.log.of('ambiguous').map(({ messageId }) => messageId));
    const doubled = [...byId].filter(([id, all]) => all.length > 1 && !flagged.has(id)).map(([id]) => id);
    expect(doubled).toEqual([]);
    expect([...run.records, ...run.calls.map(({ id }) => id)].filter((id) => !byId.has(id))).toEqual([]);
  });

  it(
    'shows, by Kafka’s own tools, the group of the contract without lag',
    async () => {
      const tools = new KafkaConsole({ brokers: kafka.brokers, classPath: kafka.tools.classPath });
      const groups = await tools.listGroups();
      expect(groups.filter((group) => !group.startsWith('test-reader-'))).toEqual([GROUP]);
      const partitions = await tools.describeGroup(GROUP);
      expect(partitions.map(({ topic, lag }) => [topic, lag])).toEqual(
        partitions.map(() => [TOPICS.send, 0]),
      );
      expect(partitions.length).toBe(PARTITIONS);
    },
    SETUP_TIMEOUT_MS,
  );
}

interface Call {
  readonly id: string;
  /** Whether it began while the broker was away. */
  readonly during: boolean;
  readonly end: CallEnd;
}

interface Run {
  readonly calls: readonly Call[];
  /** Ids of the records on the send topic. */
  readonly records: readonly string[];
  /** The 99th percentile of the calls of the outage. */
  readonly slowMs: number;
  /** Statuses of the probes, all along. */
  readonly liveness: readonly number[];
  readonly unsettledWhenItWent: number;
  /** Those that the records afterwards are in. */
  readonly partitionsAfterwards: number;
  /** From the broker's first answer until records in each partition that were written then were settled. */
  readonly resumedAfterMs: number;
}

interface Parts {
  readonly kafka: LocalKafka;
  readonly bus: Bus;
  readonly gateway: GatewayProcess;
  readonly results: TopicReader;
}

async function takeTheBrokerAway({ kafka, bus, gateway, results }: Parts): Promise<Run> {
  const stop = new AbortController();
  const calls: Call[] = [];
  const liveness: number[] = [];
  let isAway = false;
  const calling = atRate(CALLS_PER_SECOND, stop.signal, async () => {
    const text = textOf({ prefix: 'call' });
    const during = isAway;
    calls.push({
      id: text.messageId,
      during,
      end: await gateway.send([text], { timeoutMs: CALL_TIMEOUT_MS }),
    });
  });
  const probing = atRate(4, stop.signal, async () => liveness.push(await gateway.liveness()));

  await until('the producer is connected', () => bus.state().producer.connected);
  const { account } = gateway;
  const backlog = new Backlog({ bus, topic: TOPICS.send, account, recipients: 500, policies: ['resend'] });
  await backlog.produce(BACKLOG);
  await sleep(BEFORE_MS);
  await kafka.broker.kill();
  isAway = true;
  const unsettledWhenItWent = BACKLOG - settledIds(results).size;
  await sleep(OUTAGE_MS);
  await kafka.broker.start();
  const view = await untilItAnswers(kafka);
  isAway = false;
  const backMs = performance.now();
  const timeLeft = { timeoutMs: RESUME_TIMEOUT_MS };
  await until('the producer is connected again', () => bus.state().producer.connected, timeLeft);
  const endsBefore = await view.ends(TOPICS.send);
  await backlog.produce(AFTERWARDS);
  const afterwards = backlog.ids.slice(-AFTERWARDS);
  const areSettled = (): boolean => {
    const settled = settledIds(results);
    return afterwards.every((id) => settled.has(id));
  };
  await until('the new records are settled', areSettled, timeLeft);
  const resumedAfterMs = Math.round(performance.now() - backMs);
  const ends = await view.ends(TOPICS.send);
  const grown = [...ends].filter(([partition, end]) => end > (endsBefore.get(partition) ?? 0n));
  stop.abort();
  await Promise.all([calling, probing]);
  const signal = AbortSignal.timeout(RESUME_TIMEOUT_MS);
  const isCalm = async (): Promise<boolean> => (await view.lag(TOPICS.send)) === 0n;
  await waitUntil(isCalm, { signal, everyMs: LOOK_EVERY_MS });
  const isTold = (): boolean => {
    const told = settledIds(results);
    return calls.every(({ id }) => told.has(id));
  };
  await until('every call is told', isTold, timeLeft);
  await results.readTo(await view.ends(TOPICS.result), timeLeft);
  await view.close();
  const durations = calls.filter(({ during }) => during).map(({ end }) => end.durationMs);
  const slowMs = Math.round(percentile(durations, 0.99));
  return {
    calls,
    records: backlog.ids,
    slowMs,
    liveness,
    unsettledWhenItWent,
    partitionsAfterwards: grown.length,
    resumedAfterMs,
  };
}

async function untilItAnswers({ brokers }: LocalKafka): Promise<GroupView> {
  let view: GroupView | undefined;
  const signal = AbortSignal.timeout(RESUME_TIMEOUT_MS);
  const answers = async (): Promise<boolean> => {
    const candidate = await GroupView.connect({ brokers, groupId: GROUP });
    try {
      if ((await candidate.ends(TOPICS.send)).size > 0) view = candidate;
    } finally {
      if (!view) await candidate.close();
    }
    return view !== undefined;
  };
  await waitUntil(answers, { signal, everyMs: LOOK_EVERY_MS });
  if (!view) throw new Error('the broker did not come back');
  return view;
}

function settledIds({ records }: TopicReader): ReadonlySet<string> {
  return new Set(records.map((record) => resultOf(record).messageId));
}

function tell({ calls, records, liveness, ...run }: Run): void {
  const figures = { outageMs: OUTAGE_MS, calls: calls.length, records: records.length, ...run };
  process.stdout.write(`${JSON.stringify({ ...figures, probes: liveness.length })}\n`);
}
