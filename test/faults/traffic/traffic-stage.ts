import type { ResultEvent } from '@parley/contracts';
import { createKafkaBus } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { waitUntil } from '@parley/provisioning';
import { seededRandom, until } from '@parley/testing';
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
import type { Replica } from '../kill/conversation.ts';
import { LogHarvest } from './log-harvest.ts';
import { MoodyProvider } from './moody-provider.ts';
import type { TrafficHistory } from './traffic-findings.ts';
import { StatusPosts } from './status-posts.ts';
import { Traffic } from './traffic.ts';

export const LIMIT_PER_SECOND = 10;
const LATENCY_MS = 60;
const PARTITIONS = 12;
const CALLBACK_TOKEN = 'token-of-the-test';
/** What a gateway was telling when it was killed stays its own for 20 s: four of the repetitions come after that. */
const COMPRESSION = 60;

/** Half an hour leaves tens of thousands of records on a topic, and others may be at work on the machine. */
const READING = { timeoutMs: 240_000 };

export interface StageOptions {
  /** Comma list of `host:port`. */
  readonly brokers: string;
  /** Of nobody else: the account's limit and ids are in it. */
  readonly redisUrl: string;
  readonly seed: number;
  readonly replicas: readonly ReplicaOptions[];
  /** Of a request: what is not answered by then is ambiguous, and what status of it is told names no message. */
  readonly requestTimeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
}

export interface ReplicaOptions {
  readonly name: string;
  /** Arguments for Node, beside those that all have. */
  readonly nodeArgs?: readonly string[];
  /** @default all */
  readonly roles?: string;
}

/** Gateways on one broker and one Redis, with the provider, callers at every door, and eyes on all of them. */
export class TrafficStage {
  readonly provider: MoodyProvider;
  readonly poster: CallbackPoster;
  readonly posts: StatusPosts;
  readonly traffic: Traffic;
  readonly logs: LogHarvest;
  readonly replicas: readonly Replica[];
  readonly #options: StageOptions;
  readonly #setup: GroupSetup;
  readonly #bus: Bus;
  /** Those of the replicas, and visitors. */
  readonly #gateways: GatewayProcess[];

  /** Resolves once every replica serves; nobody calls yet. */
  static async set(options: StageOptions): Promise<TrafficStage> {
    const { brokers, redisUrl, seed, replicas } = options;
    const setup = await setUpGroup('traffic', { brokers, partitions: PARTITIONS, redisUrl });
    const bus = createKafkaBus({ brokers: brokers.split(','), clientId: 'test' });
    await until('the producer is connected', () => bus.state().producer.connected);
    const provider = await MoodyProvider.listen({ latencyMs: LATENCY_MS, seed });
    const starting = replicas.map((replica) =>
      startGateway(replica, { options, setup, providerUrl: provider.url }),
    );
    return new TrafficStage(options, { setup, bus, provider, gateways: await Promise.all(starting) });
  }

  private constructor(
    options: StageOptions,
    parts: {
      readonly setup: GroupSetup;
      readonly bus: Bus;
      readonly provider: MoodyProvider;
      readonly gateways: GatewayProcess[];
    },
  ) {
    const { setup, bus, provider, gateways } = parts;
    this.#options = options;
    [this.#setup, this.#bus, this.#gateways, this.provider] = [setup, bus, gateways, provider];
    this.poster = new CallbackPoster({
      urls: gateways.map(({ callbacksUrl }) => callbacksUrl),
      token: CALLBACK_TOKEN,
      retriesAfterMs: retrySchedule(COMPRESSION),
    });
    this.posts = new StatusPosts(this.poster);
    provider.onArrival((arrival) => this.posts.take(arrival));
    this.replicas = gateways.map((gateway, index) => ({
      name: options.replicas[index]?.name ?? '',
      gateway,
    }));
    const random = seededRandom(options.seed + 1);
    this.traffic = new Traffic({ replicas: this.replicas, bus, topic: setup.topics.send, random });
    this.logs = new LogHarvest(gateways);
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
    const view = await GroupView.connect({ brokers: this.#options.brokers, groupId });
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

  /** Reads the topics to their ends. @param troubles that befell anybody meanwhile */
  async history(troubles: TrafficHistory['troubles'] = []): Promise<TrafficHistory> {
    const { brokers } = this.#options;
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
      troubles,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => gateway.stop()));
    await Promise.all([this.#bus.close(), this.provider.close()]);
  }

  /** One more gateway; nobody calls it. */
  async startVisitor(replica: ReplicaOptions): Promise<GatewayProcess> {
    const visitor = await startGateway(replica, {
      options: this.#options,
      setup: this.#setup,
      providerUrl: this.provider.url,
    });
    this.#gateways.push(visitor);
    return visitor;
  }

  /** Rejects while the broker is away. */
  async brokerAnswers(): Promise<void> {
    await topicLength(this.#options.brokers, this.#setup.topics.send);
  }
}

function startGateway(
  { name, nodeArgs = [], roles = 'grpc,consumer,callbacks' }: ReplicaOptions,
  {
    options,
    setup,
    providerUrl,
  }: { readonly options: StageOptions; readonly setup: GroupSetup; readonly providerUrl: string },
): Promise<GatewayProcess> {
  return GatewayProcess.start({
    providerUrl,
    nodeArgs: [NOTE_DEPARTURES, ...nodeArgs],
    graceMs: options.graceMs,
    settings: {
      ...setup.settings,
      ROLES: roles,
      CALLBACK_TOKENS: CALLBACK_TOKEN,
      INSIDER_USER_AGENT: name,
      INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
      INSIDER_TIMEOUT_MS: String(options.requestTimeoutMs),
    },
  });
}
