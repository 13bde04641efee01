import { ENDPOINT_ERRORS } from '@parley/insider';
import type { Reason, SendError, SubmissionResult } from '@parley/sender';

/** An answer in the provider's own shapes, so that a client of the provider understands it. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterMs?: number | undefined;
}

/** The status of a request of which nothing was sent, or whose only outcome this is. */
export const STATUS_OF = {
  MESSAGE_ID_INVALID: 400,
  PHONE_NUMBER_INVALID: 400,
  BODY_EMPTY: 400,
  BODY_TOO_LONG: 400,
  BODY_INVALID: 400,
  EXPIRE_TIME_INVALID: 400,
  AMBIGUOUS_SENDS_INVALID: 400,
  METADATA_INVALID: 400,
  RECORD_INVALID: 400,
  REQUEST_INVALID: 400,
  MESSAGES_INVALID: 400,
  ACCOUNT_UNKNOWN: 400,
  IDEMPOTENCY_CONFLICT: 409,
  EXPIRED: 503,
  WINDOW_CLOSED: 400,
  PROVIDER_REJECTED: 400,
  // The provider's own way to say that a request may have been processed.
  OUTCOME_UNKNOWN: 504,
  PROVIDER_UNAUTHORIZED: 503,
  PROVIDER_IP_RESTRICTED: 503,
  PROVIDER_BLOCKED: 503,
  PROVIDER_QUOTA_EXHAUSTED: 503,
  PROVIDER_UNAVAILABLE: 503,
  RATE_LIMITED: 429,
  QUEUE_FULL: 429,
  WAIT_TOO_LONG: 429,
  DEADLINE_EXCEEDED: 503,
  EVENTS_BLOCKED: 503,
  SHUTTING_DOWN: 503,
} as const satisfies Record<Reason, number>;

const MULTI_STATUS = 207;

/** Nothing of the request was sent. */
export function notSent(error: SendError, retryAfterMs?: number): HttpAnswer {
  const status = STATUS_OF[error.reason];
  if (status === 429) return { ...ENDPOINT_ERRORS.throttled, retryAfterMs: retryAfterMs ?? 1000 };
  const wait = error.retryable ? { retryAfterMs: retryAfterMs ?? 1000 } : {};
  return { status, body: bodyOf(error), ...wait };
}

/**
 * The messages ended differently, which the provider's page has no answer for: 207, with a key or null for each
 * message in order, and an error for each null. A plain error would make the client send all of them again.
 */
export function mixed(results: readonly SubmissionResult[]): HttpAnswer {
  const ends = results.map((result, index) => {
    if (result.kind === 'settled' && result.outcome.kind === 'accepted') return { key: result.outcome.key };
    const error = errorOf(result);
    return { key: null, error: { field: `messages[${index}]`, ...(error && bodyOf(error)) } };
  });
  const errors = ends.flatMap(({ error }) => (error ? [error] : []));
  return { status: MULTI_STATUS, body: { keys: ends.map(({ key }) => key), errors } };
}

/** Why a message was not accepted; undefined when it was. */
export function errorOf(result: SubmissionResult): SendError | undefined {
  if (result.kind === 'unsent') return result.error;
  return result.outcome.kind === 'accepted' ? undefined : result.outcome.error;
}

function bodyOf({ reason, message, providerCode }: SendError): object {
  return { message, error: { message, code: providerCode ?? reason } };
}
