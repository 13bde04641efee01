import { BusError, type BusErrorCode } from '../bus-error.ts';

/** Any error of kafkajs, or of its surroundings, as one of ours. Total, and keeps the original as the cause. */
export function busErrorFrom(error: unknown): BusError {
  if (error instanceof BusError) return error;
  const { name, type, message } = rootOf(error);
  return new BusError(codeOf(name, type), `${type ?? name}: ${message}`, { cause: error });
}

/** True when no broker has answered: it is away, or the connection to it. */
export function isUnanswered(error: unknown): boolean {
  const { name, type } = rootOf(error);
  return type === undefined && name.startsWith('KafkaJS');
}

/** True when this producer cannot go on, because the broker and it disagree about its numbering; a new one can. */
export function isFatalToProducer(error: unknown): boolean {
  return FATAL_TO_PRODUCER.has(rootOf(error).type ?? '');
}

function codeOf(name: string, type: string | undefined): BusErrorCode {
  if (type !== undefined && FATAL_TO_PRODUCER.has(type)) return 'UNAVAILABLE';
  if (type !== undefined) return CODE_OF_TYPE[type] ?? 'REJECTED';
  return CODE_OF_NAME[name] ?? 'UNAVAILABLE';
}

/**
 * Kafka's protocol errors, under the names kafkajs gives them. What is not listed will not pass by itself.
 * https://kafka.apache.org/protocol.html#protocol_error_codes
 */
const CODE_OF_TYPE: Readonly<Record<string, BusErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'UNAVAILABLE',
  LEADER_NOT_AVAILABLE: 'UNAVAILABLE',
  NOT_LEADER_FOR_PARTITION: 'UNAVAILABLE',
  BROKER_NOT_AVAILABLE: 'UNAVAILABLE',
  REPLICA_NOT_AVAILABLE: 'UNAVAILABLE',
  NETWORK_EXCEPTION: 'UNAVAILABLE',
  GROUP_LOAD_IN_PROGRESS: 'UNAVAILABLE',
  GROUP_COORDINATOR_NOT_AVAILABLE: 'UNAVAILABLE',
  NOT_COORDINATOR_FOR_GROUP: 'UNAVAILABLE',
  NOT_ENOUGH_REPLICAS: 'UNAVAILABLE',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'UNAVAILABLE',
  NOT_CONTROLLER: 'UNAVAILABLE',
  KAFKA_STORAGE_ERROR: 'UNAVAILABLE',
  FENCED_LEADER_EPOCH: 'UNAVAILABLE',
  UNKNOWN_LEADER_EPOCH: 'UNAVAILABLE',
  UNSTABLE_OFFSET_COMMIT: 'UNAVAILABLE',
  UNKNOWN: 'UNAVAILABLE',
  REQUEST_TIMED_OUT: 'TIMEOUT',
  MESSAGE_TOO_LARGE: 'RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'RECORD_TOO_LARGE',
  TOPIC_AUTHORIZATION_FAILED: 'UNAUTHORIZED',
  GROUP_AUTHORIZATION_FAILED: 'UNAUTHORIZED',
  CLUSTER_AUTHORIZATION_FAILED: 'UNAUTHORIZED',
  SASL_AUTHENTICATION_FAILED: 'UNAUTHORIZED',
  UNSUPPORTED_SASL_MECHANISM: 'UNAUTHORIZED',
  ILLEGAL_SASL_STATE: 'UNAUTHORIZED',
  ILLEGAL_GENERATION: 'FENCED',
  UNKNOWN_MEMBER_ID: 'FENCED',
  REBALANCE_IN_PROGRESS: 'FENCED',
  FENCED_INSTANCE_ID: 'FENCED',
};

const FATAL_TO_PRODUCER: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
]);

/** Errors without a broker's answer. What is not listed, bugs of the client included, a new connection may cure. */
const CODE_OF_NAME: Readonly<Record<string, BusErrorCode>> = {
  KafkaJSRequestTimeoutError: 'TIMEOUT',
  KafkaJSSASLAuthenticationError: 'UNAUTHORIZED',
  KafkaJSNonRetriableError: 'REJECTED',
  KafkaJSNotImplemented: 'REJECTED',
  KafkaJSServerDoesNotSupportApiKey: 'REJECTED',
};

interface Root {
  readonly name: string;
  readonly type: string | undefined;
  readonly message: string;
}

/** kafkajs wraps what happened in errors about its own retrying; the innermost one tells. */
function rootOf(error: unknown): Root {
  if (!(error instanceof Error)) return { name: typeof error, type: undefined, message: 'not an error' };
  if (error.cause instanceof Error) return rootOf(error.cause);
  const type = 'type' in error && typeof error.type === 'string' ? error.type : undefined;
  return { name: error.name, type, message: error.message };
}
