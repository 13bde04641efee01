// Sending
export { InsiderClient } from './send/insider-client.ts';
export type { InsiderClientOptions, SendOptions } from './send/insider-client.ts';
export { AUTH_KEY_HEADER, E164, MAX_BODY_CHARACTERS, SEND_PATH } from './send/insider-message.ts';
export type { InsiderMessage, InsiderSendRequest, InsiderSendResponse } from './send/insider-message.ts';
export type { AccountRefusal, InsiderAnswer } from './answer/insider-answer.ts';

// Callbacks
export { parseCallback } from './callback/parse-callback.ts';
export type { ParsedCallback } from './callback/parse-callback.ts';
export type {
  CallbackError,
  CallbackEvent,
  CallbackStatus,
  InboundCallback,
  StatusCallback,
} from './callback/callback-event.ts';
export { adviceFor } from './meta-errors.ts';
export type { ErrorAdvice } from './meta-errors.ts';

// The endpoint's side of the wire, for those who stand in for it
export { ENDPOINT_ERRORS, validationErrorBody } from './endpoint/endpoint-errors.ts';
export type { ValidationErrorBody } from './endpoint/endpoint-errors.ts';
export { parseSendRequest } from './endpoint/parse-send-request.ts';
export type { BodyRules, ParsedSendRequest, Violation } from './endpoint/parse-send-request.ts';
