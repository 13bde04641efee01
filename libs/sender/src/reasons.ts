/**
 * Why a message was not accepted, or a call refused: the closed list that every way in uses.
 *
 * `retryable`: whether the same message may succeed when it is sent again later.
 */
export const REASONS = {
  MESSAGE_ID_INVALID: { retryable: false, meaning: 'The message id breaks its rule.' },
  PHONE_NUMBER_INVALID: { retryable: false, meaning: 'The recipient is not a number in E.164 form.' },
  BODY_EMPTY: { retryable: false, meaning: 'The text has no body.' },
  BODY_TOO_LONG: { retryable: false, meaning: 'The body is longer than 4096 characters.' },
  BODY_INVALID: { retryable: false, meaning: 'The body is not well-formed Unicode text.' },
  EXPIRE_TIME_INVALID: { retryable: false, meaning: 'The expire time is not a moment.' },
  AMBIGUOUS_SENDS_INVALID: { retryable: false, meaning: 'The policy for ambiguous sends is unknown.' },
  METADATA_INVALID: { retryable: false, meaning: 'The metadata breaks a bound.' },
  RECORD_INVALID: { retryable: false, meaning: 'The record holds no JSON object.' },
  REQUEST_INVALID: {
    retryable: false,
    meaning: 'The request’s bytes are none of its type, or too many fields.',
  },
  MESSAGES_INVALID: { retryable: false, meaning: 'The list of messages is empty or too long.' },
  ACCOUNT_UNKNOWN: { retryable: false, meaning: 'No account of this name is configured.' },
  IDEMPOTENCY_CONFLICT: { retryable: false, meaning: 'This message id was used with other content.' },
  EXPIRED: { retryable: false, meaning: 'The message’s time was over before it could be sent.' },
  WINDOW_CLOSED: { retryable: false, meaning: 'The recipient has not written in the last 24 hours.' },
  PROVIDER_REJECTED: { retryable: false, meaning: 'The provider refused this message.' },
  OUTCOME_UNKNOWN: {
    retryable: false,
    meaning: 'The request was written and no usable answer came: it may have been sent, or not.',
  },
  PROVIDER_UNAUTHORIZED: { retryable: true, meaning: 'The provider refuses the account’s key.' },
  PROVIDER_IP_RESTRICTED: { retryable: true, meaning: 'The provider does not allow this address.' },
  PROVIDER_BLOCKED: { retryable: true, meaning: 'The provider’s edge blocks the requests.' },
  PROVIDER_QUOTA_EXHAUSTED: { retryable: true, meaning: 'The account’s message quota is used up.' },
  PROVIDER_UNAVAILABLE: { retryable: true, meaning: 'The provider cannot be reached or is down.' },
  RATE_LIMITED: { retryable: true, meaning: 'The provider answered that requests come too fast.' },
  QUEUE_FULL: { retryable: true, meaning: 'As many messages wait as this process may hold.' },
  WAIT_TOO_LONG: { retryable: true, meaning: 'It could not be sent within the caller’s deadline.' },
  DEADLINE_EXCEEDED: { retryable: true, meaning: 'The caller’s deadline passed before it could be sent.' },
  EVENTS_BLOCKED: { retryable: true, meaning: 'Too many result events wait for the event bus.' },
  SHUTTING_DOWN: { retryable: true, meaning: 'This process is stopping.' },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>;

export type Reason = keyof typeof REASONS;

/** Why something did not happen, as data that every way in can tell its caller. */
export interface SendError {
  readonly reason: Reason;
  /** For people. Holds no body, no key and no full phone number. */
  readonly message: string;
  readonly retryable: boolean;
  /** The provider's own code, when it gave one. */
  readonly providerCode?: string;
}

export function sendError(
  reason: Reason,
  message: string = REASONS[reason].meaning,
  providerCode?: string,
): SendError {
  return {
    reason,
    message,
    retryable: REASONS[reason].retryable,
    ...(providerCode !== undefined && { providerCode }),
  };
}
