import { Metadata, status } from '@grpc/grpc-js';
import { RpcException } from '@nestjs/microservices';
import { BadRequest, ErrorInfo, QuotaFailure, RetryInfo, Status } from '@parley/contracts';
import type { Reason, SendError } from '@parley/sender';

/** What ErrorInfo.domain says in every error of ours. */
const DOMAIN = 'parley';

/** The status of a call that fails as a whole for a reason. */
export const STATUS_OF = {
  MESSAGE_ID_INVALID: status.INVALID_ARGUMENT,
  PHONE_NUMBER_INVALID: status.INVALID_ARGUMENT,
  BODY_EMPTY: status.INVALID_ARGUMENT,
  BODY_TOO_LONG: status.INVALID_ARGUMENT,
  BODY_INVALID: status.INVALID_ARGUMENT,
  EXPIRE_TIME_INVALID: status.INVALID_ARGUMENT,
  AMBIGUOUS_SENDS_INVALID: status.INVALID_ARGUMENT,
  METADATA_INVALID: status.INVALID_ARGUMENT,
  RECORD_INVALID: status.INVALID_ARGUMENT,
  REQUEST_INVALID: status.INVALID_ARGUMENT,
  MESSAGES_INVALID: status.INVALID_ARGUMENT,
  ACCOUNT_UNKNOWN: status.INVALID_ARGUMENT,
  IDEMPOTENCY_CONFLICT: status.ALREADY_EXISTS,
  EXPIRED: status.DEADLINE_EXCEEDED,
  WINDOW_CLOSED: status.FAILED_PRECONDITION,
  PROVIDER_REJECTED: status.FAILED_PRECONDITION,
  OUTCOME_UNKNOWN: status.UNKNOWN,
  PROVIDER_UNAUTHORIZED: status.UNAVAILABLE,
  PROVIDER_IP_RESTRICTED: status.UNAVAILABLE,
  PROVIDER_BLOCKED: status.UNAVAILABLE,
  PROVIDER_QUOTA_EXHAUSTED: status.UNAVAILABLE,
  PROVIDER_UNAVAILABLE: status.UNAVAILABLE,
  RATE_LIMITED: status.UNAVAILABLE,
  QUEUE_FULL: status.RESOURCE_EXHAUSTED,
  WAIT_TOO_LONG: status.RESOURCE_EXHAUSTED,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  EVENTS_BLOCKED: status.UNAVAILABLE,
  SHUTTING_DOWN: status.UNAVAILABLE,
} as const satisfies Record<Reason, status>;

/** When a caller comes back that was told no delay of its own. */
const DEFAULT_RETRY_AFTER_MS = 1000;

export interface FieldViolation<R extends string = Reason> {
  /** A path in the proto's names, such as `messages[3].phone_number`. */
  readonly field: string;
  readonly reason: R;
  readonly rule: string;
}

/**
 * Violations told in the details of one failure. They travel in a trailer, for which some clients allow 8 KiB in all;
 * a larger one would turn the failure into another one, about headers.
 */
const MAX_VIOLATIONS = 16;
const MAX_SENTENCES = 3;
/** No account has a longer name, and trailers have no room for whatever a caller thinks of. */
const MAX_ACCOUNT_LENGTH = 63;

/** The request itself, or every message of it, breaks a rule. */
export function invalidArgument(violations: readonly FieldViolation<string>[]): RpcException {
  const told = violations.slice(0, MAX_SENTENCES).map(({ field, rule }) => `${field} ${rule}`);
  const more = violations.length - told.length;
  const sentences = [...told, ...(more > 0 ? [`and ${more} more`] : [])];
  const fieldViolations = violations.slice(0, MAX_VIOLATIONS).map(({ field, reason, rule }) => ({
    field,
    reason,
    description: `${field} ${rule}`,
    localizedMessage: undefined,
  }));
  return failure(status.INVALID_ARGUMENT, sentences.join('; '), [
    any('BadRequest', BadRequest.encode({ fieldViolations }).finish()),
  ]);
}

export function unauthenticated(): RpcException {
  const message = 'the metadata authorization must be "Bearer " and a token of a caller known here';
  return failure(status.UNAUTHENTICATED, message, [errorInfo('CALLER_UNKNOWN', {})]);
}

/** @param account as the caller named it */
export function permissionDenied(account: string): RpcException {
  const message = 'this caller may not use this account';
  return failure(status.PERMISSION_DENIED, message, [
    errorInfo('ACCOUNT_NOT_ALLOWED', account.length <= MAX_ACCOUNT_LENGTH ? { account } : {}),
  ]);
}

/** What asking and watching fail with, beside what every call may: see docs/errors.md. */
export const QUESTION_FAILURES = {
  FILTER_INVALID: {
    status: status.INVALID_ARGUMENT,
    retryable: false,
    meaning: 'The filter of a watch breaks a bound.',
  },
  MESSAGE_NOT_FOUND: {
    status: status.NOT_FOUND,
    retryable: false,
    meaning: 'No message of this id or key is remembered.',
  },
  STATE_UNAVAILABLE: {
    status: status.UNAVAILABLE,
    retryable: true,
    meaning: 'What is remembered cannot be reached.',
  },
  WATCHER_TOO_SLOW: {
    status: status.RESOURCE_EXHAUSTED,
    retryable: true,
    meaning: 'The stream is read more slowly than events come.',
  },
  WATCHERS_FULL: {
    status: status.RESOURCE_EXHAUSTED,
    retryable: true,
    meaning: 'As many watch as this process may serve.',
  },
  EVENTS_FORGOTTEN: {
    status: status.OUT_OF_RANGE,
    retryable: false,
    meaning: 'Events after the moment to resume from have been forgotten.',
  },
} as const satisfies Record<
  string,
  { readonly status: status; readonly retryable: boolean; readonly meaning: string }
>;

/** @param metadata for ErrorInfo: never a phone number or a text */
export function questionFailed(
  reason: keyof typeof QUESTION_FAILURES,
  metadata: Readonly<Record<string, string>> = {},
): RpcException {
  const { status: code, retryable, meaning } = QUESTION_FAILURES[reason];
  const details = [errorInfo(reason, { ...metadata })];
  if (retryable) details.push(retryInfo(DEFAULT_RETRY_AFTER_MS));
  return failure(code, meaning, details);
}

/**
 * No message of the call was sent.
 *
 * @param metadata for ErrorInfo: never a phone number or a text
 */
export function notSent(
  error: SendError,
  retryAfterMs = DEFAULT_RETRY_AFTER_MS,
  metadata: Readonly<Record<string, string>> = {},
): RpcException {
  const code = STATUS_OF[error.reason];
  const providerCode = error.providerCode === undefined ? undefined : { providerCode: error.providerCode };
  const details = [errorInfo(error.reason, { ...metadata, ...providerCode })];
  if (error.retryable) details.push(retryInfo(retryAfterMs));
  if (code === status.RESOURCE_EXHAUSTED) {
    const violation = { subject: 'queue', description: error.message, ...UNUSED_QUOTA_FIELDS };
    details.push(any('QuotaFailure', QuotaFailure.encode({ violations: [violation] }).finish()));
  }
  return failure(code, error.message, details);
}

function retryInfo(delayMs: number): Detail {
  const seconds = Math.floor(delayMs / 1000);
  const nanos = Math.round((delayMs - seconds * 1000) * 1e6);
  return any('RetryInfo', RetryInfo.encode({ retryDelay: { seconds, nanos } }).finish());
}

function errorInfo(reason: string, metadata: Record<string, string>): Detail {
  return any('ErrorInfo', ErrorInfo.encode({ reason, domain: DOMAIN, metadata }).finish());
}

const UNUSED_QUOTA_FIELDS = {
  apiService: '',
  quotaMetric: '',
  quotaId: '',
  quotaDimensions: {},
  quotaValue: 0,
  futureQuotaValue: undefined,
};

interface Detail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

function any(type: string, value: Uint8Array): Detail {
  return { typeUrl: `type.googleapis.com/google.rpc.${type}`, value };
}

function failure(code: status, message: string, details: readonly Detail[]): RpcException {
  const metadata = new Metadata();
  const encoded = Status.encode({
    code,
    message,
    details: details.map(({ typeUrl, value }) => ({ typeUrl, value: Buffer.from(value) })),
  }).finish();
  metadata.set('grpc-status-details-bin', Buffer.from(encoded));
  return new RpcException({ code, message, metadata });
}
