import type { BusErrorCode } from '../bus-error.ts';
import type { TopicPartition } from '../bus.ts';
import type { DeadLetterPart } from './dead-letter.ts';

/** What happens to the records of a `KeyOrderedConsumer`, for logs and metrics. Never holds their contents. */
export type ConsumerEvent =
  | ({ readonly type: 'partition-paused' } & TopicPartition)
  | ({ readonly type: 'partition-resumed' } & TopicPartition)
  | {
      readonly type: 'partitions-lost';
      readonly partitions: readonly TopicPartition[];
      /** Records whose work was abandoned; the next owner gets them again. */
      readonly abandoned: number;
    }
  /** The log ends before what had been settled: the topic was deleted and made anew, or a broker lost its end. */
  | ({ readonly type: 'log-reset' } & TopicPartition)
  /** Another member had the partition without this one being told, and has committed more than had come here. */
  | ({ readonly type: 'partition-taken-over' } & TopicPartition)
  | { readonly type: 'committed'; readonly partitions: number }
  | { readonly type: 'commit-failed'; readonly code: BusErrorCode; readonly message: string }
  | ({
      readonly type: 'dead-lettered';
      readonly offset: bigint;
      readonly reason: string;
      /** What the record was too large with for the dead letter topic. */
      readonly omitted: readonly DeadLetterPart[];
    } & TopicPartition)
  /** The dead letter topic refuses or is away; it is tried again until it takes the record. */
  | ({
      readonly type: 'dead-letter-failed';
      readonly offset: bigint;
      readonly code: BusErrorCode;
      readonly retryInMs: number;
    } & TopicPartition)
  /** A handler has abandoned a record that this member is still to deal with; it begins again. */
  | ({
      readonly type: 'record-abandoned';
      readonly offset: bigint;
      readonly retryInMs: number;
    } & TopicPartition)
  /** A handler threw: a bug of ours. `error` is for the log, and may hold what the handler put into it. */
  | ({ readonly type: 'handler-failed'; readonly offset: bigint; readonly error: unknown } & TopicPartition);
