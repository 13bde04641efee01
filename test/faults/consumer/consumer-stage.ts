import { createKafkaBus } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { waitUntil } from '@parley/provisioning';
import { until } from '@parley/testing';
import { GroupView } from '../../kafka/group-view.ts';
import { SHARED_KAFKA_BROKERS } from '../../kafka/shared-kafka.ts';
import { TopicReader } from '../../kafka/topic-reader.ts';
import { SHARED_REDIS_URL } from '../../redis/shared-redis.ts';
import { GatewayProcess } from '../gateway-process.ts';
import { RecordingProvider } from '../kill/recording-provider.ts';
import { Backlog } from './backlog.ts';
import type { BacklogOptions } from './backlog.ts';
import { setUpGroup } from './group-setup.ts';
import type { GroupSetup } from './group-setup.ts';
import { resultOf } from './settled-records.ts';

const READ_TIMEOUT_MS = 30_000;

export interface StageOptions extends Pick<BacklogOptions, 'recipients' | 'policies'> {
  /** Of the send topic. */
  readonly partitions: number;
  /** Of the provider. */
  readonly latencyMs: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface MemberOptions {
  /** By which the provider tells it from the others. */
  readonly name: string;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs?: number;
  /** Arguments for Node. */
  readonly nodeArgs?: readonly string[];
}

/** Everything around the members of one group: topics, load, provider, and eyes on all of them. */
export class ConsumerStage {
  readonly setup: GroupSetup;
  readonly bus: Bus;
  readonly provider: RecordingProvider;
  readonly view: GroupView;
  readonly backlog: Backlog;
  readonly sent: TopicReader;
  readonly results: TopicReader;
  readonly deadLetters: TopicReader;
  readonly #members: GatewayProcess[] = [];
  readonly #settings: Readonly<Record<string, string>>;
  readonly #settled = new Set<string>();
  #resultsCounted = 0;

  static async set(name: string, options: StageOptions): Promise<ConsumerStage> {
    const { partitions, latencyMs } = options;
    const setup = await setUpGroup(name, {
      brokers: SHARED_KAFKA_BROKERS,
      partitions,
      redisUrl: SHARED_REDIS_URL,
    });
    const bus = createKafkaBus({ brokers: SHARED_KAFKA_BROKERS.split(','), clientId: 'test' });
    const provider = await RecordingProvider.listen({ latencyMs });
    const view = await GroupView.connect({ brokers: SHARED_KAFKA_BROKERS, groupId: setup.groupId });
    const stage = new ConsumerStage({ setup, bus, provider, view }, options);
    await until('the producer is connected', () => bus.state().producer.connected);
    return stage;
  }

  private constructor(
    parts: Pick<ConsumerStage, 'setup' | 'bus' | 'provider' | 'view'>,
    { recipients, policies, settings }: StageOptions,
  ) {
    const { topics, account } = parts.setup;
    ({ setup: this.setup, bus: this.bus, provider: this.provider, view: this.view } = parts);
    this.backlog = new Backlog({ bus: this.bus, topic: topics.send, account, recipients, policies });
    this.sent = new TopicReader(this.bus, topics.send);
    this.results = new TopicReader(this.bus, topics.result);
    this.deadLetters = new TopicReader(this.bus, topics.dlq);
    this.#settings = settings;
  }

  /** Resolves once it serves; it joins the group by itself. */
  async startMember({ name, graceMs, nodeArgs }: MemberOptions): Promise<GatewayProcess> {
    const { account, settings } = this.setup;
    const member = await GatewayProcess.start({
      providerUrl: this.provider.url,
      account,
      settings: { ...settings, INSIDER_USER_AGENT: name, ...this.#settings },
      ...(graceMs !== undefined && { graceMs }),
      ...(nodeArgs !== undefined && { nodeArgs }),
    });
    this.#members.push(member);
    return member;
  }

  /** Records that were produced and have no result event yet, as far as the result topic was read. */
  get unsettled(): number {
    const { records } = this.results;
    for (; this.#resultsCounted < records.length; this.#resultsCounted += 1) {
      const record = records[this.#resultsCounted];
      if (record) this.#settled.add(resultOf(record).messageId);
    }
    return this.backlog.produced - this.#settled.size;
  }

  /** Ids that a log line of any member named as ambiguous. */
  get flagged(): ReadonlySet<string> {
    const lines = this.#members.flatMap(({ log }) => log.of('ambiguous'));
    return new Set(lines.flatMap(({ messageId }) => messageId ?? []));
  }

  /** Resolves when everything is read that was on the topics by now. */
  async readAll(): Promise<void> {
    const { topics } = this.setup;
    const readers = { send: this.sent, result: this.results, dlq: this.deadLetters };
    await Promise.all(
      Object.entries(readers).map(async ([role, reader]) => {
        const ends = await this.view.ends(topics[role as keyof typeof readers]);
        await reader.readTo(ends, { timeoutMs: READ_TIMEOUT_MS });
      }),
    );
  }

  /** Resolves with the group's lag once it is 0 or the time is over, when the topics are read to their ends. */
  async calmDown({ timeoutMs }: { readonly timeoutMs: number }): Promise<bigint> {
    const { send } = this.setup.topics;
    const isCalm = async (): Promise<boolean> => (await this.view.lag(send)) === 0n;
    const signal = AbortSignal.timeout(timeoutMs);
    // Who asked sees by the lag that it was in vain.
    await waitUntil(isCalm, { signal, everyMs: 250 }).catch(() => undefined);
    await this.readAll();
    return this.view.lag(send);
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop()));
    await Promise.all([this.bus.close(), this.view.close(), this.provider.close()]);
  }
}
