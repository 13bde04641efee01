export { TOPICS } from './topics.ts';
export type { TopicRole } from './topics.ts';
// Only types of the events: their schemas bring TypeBox along, which no process needs (`@parley/contracts/event-schemas`).
export { EVENT_TYPES } from './events/event-types.ts';
export type { EventRole } from './events/event-types.ts';
export type { InboundEvent } from './events/inbound-event.ts';
export type { EventError, ResultEvent } from './events/result-event.ts';
export type { SendEvent } from './events/send-event.ts';
export type { DeliveryStatus, StatusError, StatusEvent } from './events/status-event.ts';

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
  GetMessageRequest,
  GetMessageResponse,
  OutboundMessage,
  SendConversationalRequest,
  SendConversationalResponse,
  SendResult,
  StatusEvent as WireStatusEvent,
  WatchMessagesRequest,
  WatchMessagesResponse,
} from './gen/parley/parley/conversational/v1/conversational.ts';
export { Status } from './gen/google/google/rpc/status.ts';
export { BadRequest, ErrorInfo, QuotaFailure, RetryInfo } from './gen/google/google/rpc/error_details.ts';
