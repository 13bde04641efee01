import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryBus } from '@parley/kafka';
import type { Bus, BusConsumer, BusError, BusState, ConsumerListener, OutgoingRecord } from '@parley/kafka';
import type { Subscription, TopicSpec } from '@parley/kafka';
import { Sender } from '@parley/sender';
import { expectValidEvent } from '@parley/testing/event-schemas';
import type { Configuration } from './configuration/configuration.ts';
import { loadConfiguration } from './configuration/load-configuration.ts';
import { startGateway } from './start-gateway.ts';
import type { RunningGateway } from './start-gateway.ts';
import { NO_TRACING } from './tracing/tracing.ts';
import type { Tracing } from './tracing/tracing.ts';

export interface GatewaySetup {
  /** The provider's stand-in. */
  readonly provider: { readonly url: string };
  /** Environment beside or instead of what every test has. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Contents of the files that the variables name. */
  readonly files?: Readonly<Record<string, string>>;
  /** What no setting allows, such as a tiny queue. */
  readonly overrides?: Partial<Configuration>;
  readonly tracing?: Tracing | undefined;
}

/** A whole gateway in this process, wired as in production, on ports of its own and with a bus that can be watched. */
export class GatewayUnderTest {
  readonly bus = new WatchedBus();
  /** Where gRPC listens: a socket in a folder of its own, so that no port has to be free. */
  readonly grpcUrl: string;
  readonly topics: Configuration['topics'];
  readonly #folder = mkdtempSync(join(tmpdir(), 'parley-'));
  readonly #configuration: Configuration;
  readonly #tracing: Tracing;
  #running: RunningGateway | undefined;
  #url = '';

  private constructor({ provider, variables, files = {}, overrides, tracing = NO_TRACING }: GatewaySetup) {
    this.grpcUrl = `unix:${join(this.#folder, 'grpc.sock')}`;
    const loading = loadConfiguration({
      variables: {
        INSIDER_AUTH_KEY: 'INS.key-of-the-tests',
        INSIDER_BASE_URL: provider.url,
        INSIDER_RATE_LIMIT_PER_SECOND: '1000',
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: '0',
        LOG_LEVEL: 'trace',
        ...variables,
      },
      readFile: (path) => files[path] ?? '',
      version: '0.0.0',
    });
    if (loading.kind === 'invalid') throw new Error(loading.problems.join('\n'));
    const short = { leaveMs: 0, drainMs: 50 };
    this.#configuration = { ...loading.configuration, grpcUrl: this.grpcUrl, ...short, ...overrides };
    this.topics = this.#configuration.topics;
    this.#tracing = tracing;
  }

  static async start(setup: GatewaySetup): Promise<GatewayUnderTest> {
    const gateway = new GatewayUnderTest(setup);
    log.lines = [];
    gateway.#running = await startGateway({
      configuration: gateway.#configuration,
      bus: gateway.bus,
      logDestination: log,
      tracing: () => Promise.resolve(gateway.#tracing),
    });
    gateway.#url = await gateway.app.getUrl();
    return gateway;
  }

  get app(): RunningGateway['app'] {
    if (!this.#running) throw new Error('The gateway is not running.');
    return this.#running.app;
  }

  /** Of the HTTP listener. */
  get url(): string {
    return this.#url;
  }

  /** The log since the start, line by line as it was written. */
  get logLines(): readonly string[] {
    return log.lines;
  }

  /** Messages submitted and not ended. */
  get messagesWaiting(): number {
    return this.app.get(Sender).messagesWaiting;
  }

  /** Values of the records on a topic, oldest first. */
  events<T>(topic: string): T[] {
    return this.bus.on(topic).map(({ value }) => JSON.parse(String(value)) as T);
  }

  /**
   * The same as a signal to the process. A second call does nothing.
   *
   * @throws Error when the gateway produced a record that docs/events does not tell of
   */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
    for (const role of PRODUCED) {
      for (const record of this.bus.on(this.topics[role])) expectValidEvent(role, record);
    }
  }
}

/** Topics that only gateways write to. */
const PRODUCED = ['result', 'status', 'inbound', 'dlq', 'quarantine'] as const;

/** A process has one logger, which the first of its gateways makes: all of them write here, one at a time. */
const log = {
  lines: [] as string[],
  write(line: string): void {
    this.lines.push(line);
  },
};

/** The in-process bus, with everything that was put on it, a way to fail, and records that outlive the gateway. */
class WatchedBus implements Bus {
  readonly kind = 'memory';
  /** What sending fails with while it is set. */
  failure: BusError | undefined;
  readonly #records: OutgoingRecord[] = [];
  readonly #bus = createMemoryBus();

  on(topic: string): OutgoingRecord[] {
    return this.#records.filter((record) => record.topic === topic);
  }

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.failure) throw this.failure;
    await this.#bus.send(records);
    this.#records.push(...records);
  }

  consume(subscription: Subscription, listener: ConsumerListener): BusConsumer {
    return this.#bus.consume(subscription, listener);
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#bus.ensureTopics(topics);
  }

  state(): BusState {
    return this.#bus.state();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
