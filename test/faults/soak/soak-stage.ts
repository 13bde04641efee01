import type { ResultEvent } from '@parley/contracts';
import { createKafkaBus } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { waitUntil } from '@parley/provisioning';
import type { LocalKafka, LocalRedis } from '@parley/provisioning';
import { until } from '@parley/testing';
import { GroupView } from '../../kafka/group-view.ts';
import { CallbackPoster } from '../callbacks/callback-poster.ts';
import { retrySchedule } from '../callbacks/retry-schedule.ts';
import { statusEvents } from '../callbacks/status-events.ts';
import { topicLength, topicRecords } from '../callbacks/topic-records.ts';
import { setUpGroup } from '../consumer/group-setup.ts';
import type { GroupSetup } from '../consumer/group-setup.ts';
import { recordsAsConversations } from '../consumer/settled-records.ts';
import { NOTE_DEPARTURES } from '../departures.ts';
import { GatewayProcess } from '../gateway-process.ts';
import { FaultInjection } from './fault-injection.ts';
import { NOTE_LIVE_MEMORY } from './live-memory.ts';
import { LogHarvest } from './log-harvest.ts';
import { MoodyProvider } from './moody-provider.ts';
import type { SoakHistory } from './soak-findings.ts';
import { StatusPosts } from './status-posts.ts';
import { Traffic } from './traffic.ts';

export const LIMIT_PER_SECOND = 10;
const LATENCY_MS = 60;
/** Of a request: what is not answered by then is ambiguous, and what status of it is told names no message. */
const REQUEST_TIMEOUT_MS = 3_000;
const PARTITIONS = 12;
/** Nothing is done to it. */
const STEADY = 'steady';
const REPLICAS = [STEADY, 'replica-b', 'replica-c'];
const CALLBACK_TOKEN = 'token-of-the-test';
/** What a gateway was telling when it was killed stays its own for 20 s: four of the repetitions come after that. */
const COMPRESSION = 60;
/** From SIGTERM to SIGKILL. */
const GRACE_MS = 20_000;
/** For a broker to answer again, and for the spool to be empty then. */
const STEP_TIMEOUT_MS = 120_000;

/** Half an hour leaves tens of thousands of records on a topic, and others may be at work on the machine. */
const READING = { timeoutMs: 240_000 };

interface Servers {
  readonly kafka: LocalKafka;
  readonly redis: LocalRedis;
}

/** Three gateways on one broker and one Redis, with the provider, callers, faults, and eyes on all of them. */
export class SoakStage {
  readonly provider: MoodyProvider;
  readonly poster: CallbackPoster;
  readonly posts: StatusPosts;
  readonly traffic: Traffic;
  readonly faults: FaultInjection;
  readonly logs: LogHarvest;
  readonly #servers: Servers;
  readonly #setup: GroupSetup;
  readonly #bus: Bus;
  /** The one that nothing is done to, those that are taken down, and visitors. */
  readonly #gateways: GatewayProcess[];

  static async set(
    servers: Servers,
    { seed, random }: { readonly seed: number; readonly random: () => number },
  ): Promise<SoakStage> {
    const { brokers } = servers.kafka;
    const setup = await setUpGroup('soak', { brokers, partitions: PARTITIONS, redisUrl: servers.redis.url });
    const bus = createKafkaBus({ brokers: brokers.split(','), clientId: 'test' });
    await until('the producer is connected', () => bus.state().producer.connected);
    const provider = await MoodyProvider.listen({ latencyMs: LATENCY_MS, seed });
    const starting = REPLICAS.map((name) =>
      startGateway({ name, setup, providerUrl: provider.url, roles: 'grpc,consumer,callbacks' }),
    );
    const gateways = await Promise.all(starting);
    return new SoakStage(servers, { setup, bus, provider, gateways, random });
  }

  private constructor(
    servers: Servers,
    parts: {
      readonly setup: GroupSetup;
      readonly bus: Bus;
      readonly provider: MoodyProvider;
      readonly gateways: GatewayProcess[];
      readonly random: () => number;
    },
  ) {
    const { setup, bus, provider, gateways, random } = parts;
    this.#servers = servers;
    [this.#setup, this.#bus, this.#gateways, this.provider] = [setup, bus, gateways, provider];
    this.poster = new CallbackPoster({
      urls: gateways.map(({ callbacksUrl }) => callbacksUrl),
      token: CALLBACK_TOKEN,
      retriesAfterMs: retrySchedule(COMPRESSION),
    });
    this.posts = new StatusPosts(this.poster);
    provider.onArrival((arrival) => this.posts.take(arrival));
    const replicas = gateways.map((gateway, index) => ({ name: REPLICAS[index] ?? '', gateway }));
    this.traffic = new Traffic({ replicas, bus, topic: setup.topics.send, random });
    this.logs = new LogHarvest(gateways);
    this.faults = new FaultInjection({
      provider,
      replicas: gateways.slice(1),
      startMember: () => this.#startVisitor(),
      broker: servers.kafka.broker,
      redis: servers.redis.server,
      brokerAnswers: () =>
        holds(async () => (await topicLength(servers.kafka.brokers, setup.topics.send)) >= 0),
      spoolIsEmpty: () => holds(async () => (await this.steady.metric('parley_spool_records')) === 0),
    });
  }

  /** The gateway that nothing is done to. */
  get steady(): GatewayProcess {
    const [steady] = this.#gateways;
    if (!steady) throw new Error('not started');
    return steady;
  }

  /** Callbacks that were not taken yet, or given up. */
  get callbacksOpen(): number {
    return this.poster.deliveries.filter(({ wasTaken }) => !wasTaken).length;
  }

  /** Messages by gRPC without an outcome. */
  get messagesOpen(): number {
    return this.traffic.conversations.flat().filter(({ outcome }) => outcome === undefined).length;
  }

  /** Resolves with the group's lag once it is 0, or the time is over. */
  async calmDown(timeoutMs: number): Promise<bigint> {
    const { groupId, topics } = this.#setup;
    const view = await GroupView.connect({ brokers: this.#servers.kafka.brokers, groupId });
    try {
      const isCalm = async (): Promise<boolean> => (await view.lag(topics.send)) === 0n;
      // Who asked sees by the lag that it was in vain.
      await waitUntil(isCalm, { signal: AbortSignal.timeout(timeoutMs), everyMs: 250 }).catch(
        () => undefined,
      );
      return await view.lag(topics.send);
    } finally {
      await view.close();
    }
  }

  /** Reads the topics to their ends. */
  async history(): Promise<SoakHistory> {
    const { brokers } = this.#servers.kafka;
    const { topics } = this.#setup;
    this.logs.gather();
    const sent = await topicRecords(brokers, topics.send, READING);
    const results = await topicRecords(brokers, topics.result, READING);
    return {
      conversations: [...this.traffic.conversations, ...recordsAsConversations(sent, results, [])],
      posted: this.traffic.posted,
      produced: this.traffic.produced,
      arrivals: this.provider.arrivals,
      flagged: this.logs.flagged,
      results: results.map(({ value, headers }) => ({ event: JSON.parse(value) as ResultEvent, headers })),
      deliveries: this.poster.deliveries,
      statuses: await statusEvents(brokers, topics.status, READING),
      deadLetters: await topicLength(brokers, topics.dlq),
      troubles: this.faults.troubles,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => gateway.stop()));
    await Promise.all([this.#bus.close(), this.provider.close()]);
  }

  async #startVisitor(): Promise<GatewayProcess> {
    const setup = { setup: this.#setup, providerUrl: this.provider.url };
    const visitor = await startGateway({ name: 'visitor', roles: 'consumer', ...setup });
    this.#gateways.push(visitor);
    return visitor;
  }
}

function startGateway({
  name,
  roles,
  setup,
  providerUrl,
}: {
  readonly name: string;
  readonly roles: string;
  readonly setup: GroupSetup;
  readonly providerUrl: string;
}): Promise<GatewayProcess> {
  return GatewayProcess.start({
    providerUrl,
    nodeArgs: [NOTE_DEPARTURES, ...(name === STEADY ? NOTE_LIVE_MEMORY : [])],
    graceMs: GRACE_MS,
    settings: {
      ...setup.settings,
      ROLES: roles,
      CALLBACK_TOKENS: CALLBACK_TOKEN,
      INSIDER_USER_AGENT: name,
      INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
      INSIDER_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
    },
  });
}

function holds(condition: () => Promise<boolean>): Promise<void> {
  return waitUntil(condition, { signal: AbortSignal.timeout(STEP_TIMEOUT_MS), everyMs: 200 });
}
