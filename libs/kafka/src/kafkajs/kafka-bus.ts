import type { BusEvent } from '../bus-event.ts';
import { BusError } from '../bus-error.ts';
import type {
  Bus,
  BusConsumer,
  BusState,
  ConsumerListener,
  OutgoingRecord,
  SendOptions,
  Subscription,
  TopicSpec,
} from '../bus.ts';
import { Client, type KafkaConnectionOptions } from './client.ts';
import { createTopics } from './create-topics.ts';
import { KafkaConsumer } from './kafka-consumer.ts';
import { KafkaProducer } from './kafka-producer.ts';

export interface KafkaBusOptions extends KafkaConnectionOptions {
  readonly onEvent?: (event: BusEvent) => void;
}

/** Connects in the background and keeps trying: it neither throws nor waits when the cluster is away. */
export function createKafkaBus(options: KafkaBusOptions): Bus {
  return new KafkaBus(options);
}

class KafkaBus implements Bus {
  readonly kind = 'kafka';
  readonly #options: KafkaBusOptions;
  readonly #onEvent: (event: BusEvent) => void;
  readonly #producer: KafkaProducer;
  readonly #consumers = new Set<KafkaConsumer>();
  #closed = false;

  constructor(options: KafkaBusOptions) {
    this.#options = options;
    this.#onEvent = options.onEvent ?? ((): void => undefined);
    this.#producer = new KafkaProducer({
      createClient: () => new Client(options),
      onEvent: this.#onEvent,
    });
  }

  send(records: readonly OutgoingRecord[], options?: SendOptions): Promise<void> {
    return this.#producer.send(records, options);
  }

  consume(subscription: Subscription, listener: ConsumerListener): BusConsumer {
    if (this.#closed) throw new BusError('CLOSED', 'The bus is closed');
    const consumer = new KafkaConsumer({
      createClient: () => new Client(this.#options),
      subscription,
      listener,
      onEvent: this.#onEvent,
    });
    this.#consumers.add(consumer);
    void consumer.closed.then(() => this.#consumers.delete(consumer));
    return consumer;
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return createTopics(this.#options.brokers, topics, { connection: this.#options });
  }

  state(): BusState {
    return {
      producer: this.#producer.state(),
      consumers: [...this.#consumers].map((consumer) => consumer.state()),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#producer.close();
  }
}
