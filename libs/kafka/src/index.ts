export type {
  Assignment,
  Bus,
  BusConsumer,
  BusState,
  ConnectionState,
  ConsumerListener,
  IncomingRecord,
  OutgoingRecord,
  PartitionOffset,
  RecordBatch,
  SendOptions,
  Subscription,
  TopicPartition,
  TopicSpec,
} from './bus.ts';
export { BUS_ERROR_CODES, BusError, busErrorOf } from './bus-error.ts';
export type { BusErrorCode, BusErrorOptions, LateEnd } from './bus-error.ts';
export type { BusEvent } from './bus-event.ts';

export { createKafkaBus } from './kafkajs/kafka-bus.ts';
export type { KafkaBusOptions } from './kafkajs/kafka-bus.ts';
export { createTopics } from './kafkajs/create-topics.ts';
export type { CreateTopicsOptions } from './kafkajs/create-topics.ts';
export { readTopic } from './kafkajs/read-topic.ts';
export type { ReadTopicOptions } from './kafkajs/read-topic.ts';
export type { KafkaConnectionOptions } from './kafkajs/client.ts';
export { createMemoryBus } from './memory/memory-bus.ts';
export type { MemoryBusOptions } from './memory/memory-bus.ts';

export { BatchingProducer } from './batching-producer.ts';
export type { BatchingProducerOptions } from './batching-producer.ts';

export type { Spool, SpoolAppend, SpoolEntry, SpoolHead } from './spool/spool.ts';
export { isForSpool, SpoolingSender } from './spool/spooling-sender.ts';
export type { SpoolingSenderOptions, SpoolingState } from './spool/spooling-sender.ts';
export type { SpoolEvent } from './spool/spool-event.ts';
export { InMemorySpool } from './spool/in-memory-spool.ts';
export type { InMemorySpoolOptions } from './spool/in-memory-spool.ts';

export { HANDLER_FAILED, KeyOrderedConsumer } from './consumer/key-ordered-consumer.ts';
export type {
  ConsumerState,
  KeyOrderedConsumerOptions,
  RecordHandler,
  RecordVerdict,
} from './consumer/key-ordered-consumer.ts';
export type { ConsumerEvent } from './consumer/consumer-event.ts';

export { KafkaStrategy } from './nest/kafka-strategy.ts';
export type { KafkaStrategyOptions } from './nest/kafka-strategy.ts';
export { RecordContext } from './nest/record-context.ts';
