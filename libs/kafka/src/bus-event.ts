import type { TopicPartition } from './bus.ts';
import type { BusErrorCode } from './bus-error.ts';

/** What happens on the connections of a bus, for logs and metrics. */
export type BusEvent =
  | { readonly type: 'producer-connected' }
  | {
      readonly type: 'producer-disconnected';
      readonly code: BusErrorCode;
      readonly message: string;
      /** Until the next attempt to connect. */
      readonly retryInMs: number;
    }
  | {
      readonly type: 'consumer-assigned';
      readonly groupId: string;
      readonly partitions: readonly TopicPartition[];
    }
  | { readonly type: 'consumer-rebalancing'; readonly groupId: string }
  | {
      readonly type: 'consumer-crashed';
      readonly groupId: string;
      readonly code: BusErrorCode;
      readonly message: string;
      /** Until the next attempt to join. */
      readonly retryInMs: number;
    };
