import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { IncomingRecord } from '../bus.ts';
import {
  KeyOrderedConsumer,
  type ConsumerState,
  type KeyOrderedConsumerOptions,
  type RecordVerdict,
} from '../consumer/key-ordered-consumer.ts';
import { RecordContext } from './record-context.ts';

export interface KafkaStrategyOptions extends Omit<KeyOrderedConsumerOptions, 'topics' | 'handler'> {
  /** The topic behind each pattern: `{ send: 'orders.v1' }` feeds `@EventPattern('send')`. */
  readonly topics: Readonly<Record<string, string>>;
  /** How long running handlers have when the application closes. @default 10_000 */
  readonly closeGraceMs?: number;
}

/**
 * Nest's transport on a `KeyOrderedConsumer`. A handler is a plain `@EventPattern` method that takes the
 * `IncomingRecord` as its payload and a `RecordContext`, and returns its `RecordVerdict`, as a promise or observable.
 */
export class KafkaStrategy extends Server implements CustomTransportStrategy {
  /** A handler's failure is ours to deal with: the record goes to the dead letter topic. */
  override readonly propagatesEventHandlerErrors = true;
  /** Keeps the handlers of other transports of a hybrid application away. */
  override readonly transportId = Symbol('parley-kafka');
  readonly #options: KafkaStrategyOptions;
  #consumer: KeyOrderedConsumer | undefined;

  constructor(options: KafkaStrategyOptions) {
    super();
    this.#options = options;
  }

  /** Calls back at once: the group is joined in the background, so that the process starts without a broker. */
  listen(callback: (error?: unknown) => void): void {
    let consumer: KeyOrderedConsumer;
    try {
      consumer = this.#createConsumer();
    } catch (error) {
      callback(error);
      return;
    }
    this.#consumer = consumer;
    consumer.start();
    callback();
  }

  async close(): Promise<void> {
    await this.#consumer?.close({ graceMs: this.#options.closeGraceMs ?? 10_000 });
  }

  /** Undefined before `listen`. */
  state(): ConsumerState | undefined {
    return this.#consumer?.state();
  }

  /** Nest's own transports emit events of their client here; ours go to `onEvent`. */
  on(): void {
    throw new Error('Pass onEvent in the options instead');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the signature of Nest's Server
  unwrap<T>(): T {
    return this.#consumer as T;
  }

  #createConsumer(): KeyOrderedConsumer {
    const handlers = this.#handlersByTopic();
    return new KeyOrderedConsumer({
      ...this.#options,
      topics: [...handlers.keys()],
      handler: async (record, { signal }) => {
        const handler = handlers.get(record.topic);
        if (!handler) throw new Error(`No handler for topic ${record.topic}`);
        return this.#handle(handler, record, signal);
      },
    });
  }

  #handlersByTopic(): Map<string, MessageHandler> {
    const { topics } = this.#options;
    const unknown = [...this.messageHandlers.keys()].filter((pattern) => !(pattern in topics));
    if (unknown.length > 0) throw new Error(`No topic for the patterns: ${unknown.join(', ')}`);
    return new Map(
      Object.entries(topics).map(([pattern, topic]) => {
        const handler = this.getHandlerByPattern(pattern);
        if (!handler) throw new Error(`No handler for the pattern: ${pattern}`);
        return [topic, handler];
      }),
    );
  }

  async #handle(
    handler: MessageHandler,
    record: IncomingRecord,
    signal: AbortSignal,
  ): Promise<RecordVerdict> {
    const result: unknown = await handler(record, new RecordContext(record, signal));
    const verdict = await lastValueFrom(this.transformToObservable(result));
    if (!isVerdict(verdict)) throw new TypeError('The handler returned no verdict');
    return verdict;
  }
}

function isVerdict(value: unknown): value is RecordVerdict {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (value.kind === 'done' || value.kind === 'abandoned') return true;
  return (
    value.kind === 'dead-letter' &&
    'reason' in value &&
    typeof value.reason === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  );
}
