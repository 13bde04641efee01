import { randomUUID } from 'node:crypto';
import { TOPICS } from '@parley/contracts';
import type { TopicRole } from '@parley/contracts';
import { createKafkaBus, createTopics } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { waitUntil } from '@parley/provisioning';
import { monotonicMs, seededRandom, until } from '@parley/testing';
import type { CallEnd } from '@parley/testing/gateway-client';
import { GroupView } from '../../kafka/group-view.ts';
import { CallbackPoster } from '../callbacks/callback-poster.ts';
import { retrySchedule } from '../callbacks/retry-schedule.ts';
import { Backlog } from '../consumer/backlog.ts';
import { NOTE_DEPARTURES } from '../departures.ts';
import { FaultyProvider } from '../faulty-provider.ts';
import type { Arrival } from '../faulty-provider.ts';
import { GatewayProcess } from '../gateway-process.ts';
import { Conversation } from '../kill/conversation.ts';
import type { Call, Replica } from '../kill/conversation.ts';
import { accepting } from './accepting.ts';
import { HttpCaller } from './http-caller.ts';
import { keepProducing } from './producing.ts';
import { TakenStatuses } from './taken-statuses.ts';

const ACCOUNT = 'default';
const PARTITIONS = 6;
const CREATE_TOPICS_TIMEOUT_MS = 30_000;
/** Of the provider’s clock: its minute takes a second, and its last repetition comes after one minute. */
const COMPRESSION_OF_REPETITIONS = 60;
const RECIPIENTS_OF_RECORDS = 200;

export interface TrafficOptions {
  readonly seed: number;
  /** Comma list of `host:port`. */
  readonly brokers: string;
  readonly redisUrl: string;
  /** Names of the replicas. */
  readonly replicas: readonly string[];
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  readonly limitPerSecond: number;
  /** Callers by gRPC: each says one to three texts, waits for their end, and pauses. */
  readonly conversations: number;
  readonly pauseMs: number;
  readonly recordsPerSecond: number;
  /** Clients of the provider’s own endpoint. */
  readonly httpCallers: number;
}

/** A call by gRPC that failed. */
export interface FailedCall extends Call {
  readonly code: string;
  readonly reason: string | undefined;
}

/**
 * Gateways with every way in under load, by gRPC, HTTP and Kafka, and the callbacks of all that the provider takes. The
 * processes are the test's to take down and bring back meanwhile.
 */
export class Traffic {
  readonly replicas: readonly Replica[];
  readonly provider: FaultyProvider;
  readonly poster: CallbackPoster;
  readonly backlog: Backlog;
  readonly topics: Readonly<Record<TopicRole, string>>;
  readonly view: GroupView;
  readonly failedCalls: FailedCall[] = [];
  readonly conversations: readonly Conversation[];
  readonly httpCallers: readonly HttpCaller[];
  readonly #options: TrafficOptions;
  readonly #bus: Bus;
  readonly #statuses: TakenStatuses;
  readonly #over = new AbortController();
  #load: Promise<unknown> = Promise.resolve();

  /** Resolves once every replica serves; nothing is sent before {@link begin}. */
  static async set(options: TrafficOptions): Promise<Traffic> {
    const { brokers, redisUrl, replicas: names, limitPerSecond, graceMs } = options;
    const run = `traffic-${randomUUID().slice(0, 8)}`;
    const topics = Object.fromEntries(
      Object.entries(TOPICS).map(([role, name]) => [role, `${run}.${name}`]),
    ) as Record<TopicRole, string>;
    const specs = Object.values(topics).map((topic) => ({ topic, partitions: PARTITIONS }));
    // A broker that was just started may not know at once of a topic that it has created.
    const areCreated = (): Promise<boolean> => createTopics(brokers.split(','), specs).then(() => true);
    await waitUntil(areCreated, { signal: AbortSignal.timeout(CREATE_TOPICS_TIMEOUT_MS), everyMs: 200 });
    const provider = await FaultyProvider.listen();
    const token = randomUUID();
    const groupId = `${run}.gateway`;
    const replicas = await Promise.all(
      names.map(async (name) => {
        const gateway = await GatewayProcess.start({
          providerUrl: provider.url,
          nodeArgs: [NOTE_DEPARTURES],
          graceMs,
          settings: {
            NODE_ENV: 'production',
            AUTH: 'off',
            LOG_LEVEL: 'info',
            KAFKA_BROKERS: brokers,
            KAFKA_GROUP_ID: groupId,
            REDIS_URL: redisUrl,
            CALLBACK_TOKENS: token,
            INSIDER_USER_AGENT: name,
            INSIDER_RATE_LIMIT_PER_SECOND: String(limitPerSecond),
            ...Object.fromEntries(
              Object.entries(topics).map(([role, topic]) => [`TOPIC_${role.toUpperCase()}`, topic]),
            ),
          },
        });
        return { name, gateway };
      }),
    );
    const bus = createKafkaBus({ brokers: brokers.split(','), clientId: 'traffic' });
    await until('the producer is connected', () => bus.state().producer.connected);
    const view = await GroupView.connect({ brokers, groupId });
    return new Traffic({ replicas, provider, topics, view, bus, token }, options);
  }

  private constructor(
    parts: Pick<Traffic, 'replicas' | 'provider' | 'topics' | 'view'> & {
      readonly bus: Bus;
      readonly token: string;
    },
    options: TrafficOptions,
  ) {
    ({ replicas: this.replicas, provider: this.provider, topics: this.topics, view: this.view } = parts);
    const { replicas } = this;
    const { seed, conversations, pauseMs, httpCallers } = options;
    this.#options = options;
    this.#bus = parts.bus;
    this.poster = new CallbackPoster({
      urls: replicas.map(({ gateway }) => gateway.callbacksUrl),
      token: parts.token,
      retriesAfterMs: retrySchedule(COMPRESSION_OF_REPETITIONS),
    });
    this.#statuses = new TakenStatuses(this.poster);
    this.backlog = new Backlog({
      bus: this.#bus,
      topic: this.topics.send,
      account: ACCOUNT,
      recipients: RECIPIENTS_OF_RECORDS,
      policies: ['resend', 'report'],
    });
    const over = this.#over.signal;
    this.conversations = Array.from({ length: conversations }, (_, index) => {
      const recipient = `+4915120${String(index).padStart(6, '0')}`;
      const random = seededRandom(seed + 1 + index);
      return new Conversation({
        recipient,
        replicas,
        random,
        over,
        pauseMs,
        onCallEnd: (end, call) => this.#noteFailure(end, call),
      });
    });
    this.httpCallers = Array.from(
      { length: httpCallers },
      (_, index) => new HttpCaller({ replicas, random: seededRandom(seed + 100_000 + index), pauseMs, over }),
    );
    this.provider.behaviour = accepting((message) => this.#statuses.post(message));
  }

  begin(): void {
    this.#load = Promise.all([
      ...this.conversations.map((conversation) => conversation.hold()),
      ...this.httpCallers.map((caller) => caller.keepCalling()),
      keepProducing(this.backlog, this.#options.recordsPerSecond, this.#over.signal),
    ]);
    this.#load.catch(() => undefined); // told by end()
  }

  /**
   * Resolves when nothing more is said, all of it has ended, every record is settled and every callback was answered.
   *
   * @throws Error naming what had not come to an end within `timeoutMs`; whatever went wrong with the load
   */
  async end({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    this.#over.abort();
    const signal = AbortSignal.timeout(timeoutMs);
    const atMost = async <T>(what: string, ending: Promise<T>): Promise<T> => {
      const { promise: tooLate, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(new Error(`${timeoutMs} ms were too short for ${what}`)));
      return await Promise.race([ending, tooLate]);
    };
    await atMost('the callers', this.#load);
    const isSettled = async (): Promise<boolean> => (await this.view.lag(this.topics.send)) === 0n;
    await atMost('the records', waitUntil(isSettled, { signal, everyMs: 200 }));
    await atMost('the callbacks', this.#statuses.posted());
  }

  /** Ids that a log line of any replica named as ambiguous. */
  get flagged(): ReadonlySet<string> {
    const lines = this.replicas.flatMap(({ gateway }) => gateway.log.of('ambiguous'));
    return new Set(lines.flatMap(({ messageId }) => messageId ?? []));
  }

  /** On the machine's monotonic clock. */
  get arrivals(): readonly Arrival[] {
    const aheadMs = monotonicMs() - performance.now();
    return this.provider.arrivals.map((arrival) => ({ ...arrival, atMs: arrival.atMs + aheadMs }));
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.replicas.map(({ gateway }) => gateway.stop()));
    await Promise.all([this.#bus.close(), this.view.close(), this.provider.close()]);
  }

  #noteFailure(end: CallEnd, call: Call): void {
    if (end.kind === 'failed') this.failedCalls.push({ ...call, code: end.code, reason: end.reason });
  }
}
