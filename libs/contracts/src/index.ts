export { TOPICS } from './topics.ts';
export type { TopicRole } from './topics.ts';
export { EVENT_TYPES } from './events.ts';
export type {
  DeliveryStatus,
  EventError,
  InboundEvent,
  ResultEvent,
  SendEvent,
  StatusError,
  StatusEvent,
} from './events.ts';

export {
  CONVERSATIONAL_PACKAGE,
  CONVERSATIONAL_PROTO,
  CONVERSATIONAL_SERVICE,
  PROTO_FOLDER,
} from './proto-files.ts';

// The gRPC service, generated from proto/ (`npm run proto`).
export {
  AmbiguousSends,
  MessageStatus,
  SendOutcome,
} from './gen/parley/parley/conversational/v1/conversational.ts';
export type {
  ConversationalService,
  OutboundMessage,
  SendConversationalRequest,
  SendConversationalResponse,
  SendResult,
} from './gen/parley/parley/conversational/v1/conversational.ts';
export { Status } from './gen/google/google/rpc/status.ts';
export { BadRequest, ErrorInfo, QuotaFailure, RetryInfo } from './gen/google/google/rpc/error_details.ts';
