import { randomUUID } from 'node:crypto';
import { AmbiguousSends, SendOutcome } from '@parley/contracts';
import type { OutboundMessage as WireMessage, SendResult } from '@parley/contracts';
import { sendError } from '@parley/sender';
import type {
  DraftField,
  MessageDraft,
  Outcome,
  SendError,
  SubmissionResult,
  Violation,
} from '@parley/sender';
import type { FieldViolation } from './errors.ts';
import { momentOf } from './moment.ts';

const FIELDS = {
  messageId: 'message_id',
  phoneNumber: 'phone_number',
  'text.body': 'text.body',
  'text.previewUrl': 'text.preview_url',
  expireTime: 'expire_time',
  ambiguousSends: 'ambiguous_sends',
  metadata: 'metadata',
} as const satisfies Record<DraftField, string>;

const OUTCOMES = {
  accepted: SendOutcome.SEND_OUTCOME_ACCEPTED,
  rejected: SendOutcome.SEND_OUTCOME_REJECTED,
  expired: SendOutcome.SEND_OUTCOME_EXPIRED,
  unknown: SendOutcome.SEND_OUTCOME_UNKNOWN,
} as const satisfies Record<Outcome['kind'], SendOutcome>;

/**
 * A message of a request as the rules look at it. One without an id gets one.
 *
 * @param traceparent the call's, or what follows from it: all of its messages belong to that trace
 */
export function draftOf(message: WireMessage, traceparent: unknown): MessageDraft {
  return {
    messageId: message.messageId === '' ? randomUUID() : message.messageId,
    phoneNumber: message.phoneNumber,
    body: message.text?.body,
    previewUrl: message.text?.previewUrl,
    // The loader fills unset messages in with null.
    expireTimeMs: message.expireTime ? momentOf(message.expireTime) : undefined,
    ambiguousSends: policyOf(message.ambiguousSends),
    metadata: message.metadata,
    traceparent,
  };
}

/** Broken rules with their paths in the request. */
export function fieldViolations(violations: readonly Violation[], index: number): FieldViolation[] {
  return violations.map(({ field, reason, rule }) => ({
    field: `messages[${index}].${FIELDS[field]}`,
    reason,
    rule,
  }));
}

/** The result of a message that broke its rules: nothing was sent. */
export function invalidResult(messageId: string, violations: readonly FieldViolation[]): SendResult {
  const message = violations.map(({ field, rule }) => `${field} ${rule}`).join('; ');
  const error = sendError(violations[0]?.reason ?? 'MESSAGES_INVALID', message);
  return { ...NOT_ACCEPTED, messageId, outcome: SendOutcome.SEND_OUTCOME_REJECTED, error: errorOf(error) };
}

/** The result of a message that was valid. One that is surely unsent reads as rejected, and its error as retryable. */
export function resultOf(messageId: string, result: SubmissionResult): SendResult {
  if (result.kind === 'unsent') {
    const error = errorOf(result.error);
    return { ...NOT_ACCEPTED, messageId, outcome: SendOutcome.SEND_OUTCOME_REJECTED, error };
  }
  const { outcome, duplicate } = result;
  const told = { messageId, outcome: OUTCOMES[outcome.kind], duplicate };
  return outcome.kind === 'accepted'
    ? { ...told, key: outcome.key, error: undefined }
    : { ...told, key: '', error: errorOf(outcome.error) };
}

const NOT_ACCEPTED = { key: '', duplicate: false } as const;

function errorOf({ reason, message, retryable, providerCode }: SendError): SendResult['error'] {
  return { reason, message, retryable, providerCode: providerCode ?? '' };
}

function policyOf(policy: AmbiguousSends): unknown {
  switch (policy) {
    case AmbiguousSends.AMBIGUOUS_SENDS_UNSPECIFIED:
      return undefined;
    case AmbiguousSends.AMBIGUOUS_SENDS_RESEND:
      return 'resend';
    case AmbiguousSends.AMBIGUOUS_SENDS_REPORT:
      return 'report';
    default:
      return policy;
  }
}
