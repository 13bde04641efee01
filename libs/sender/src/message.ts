import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { Reason } from './reasons.ts';
import { traceparentOf } from './traceparent.ts';

/** A text that keeps every rule and may be sent. */
export interface OutboundMessage {
  /** The caller's id and idempotency key within the account. */
  readonly messageId: string;
  readonly account: string;
  /** E.164 with a leading `+`. */
  readonly phoneNumber: string;
  readonly text: { readonly body: string; readonly previewUrl: boolean };
  /** Milliseconds since 1970; not sent after that. Infinity: its time is never over while it was surely not sent. */
  readonly expireTimeMs: number;
  readonly ambiguousSends: AmbiguousSends;
  readonly metadata: Readonly<Record<string, string>>;
  /** W3C trace context, carried along into every event of the message. No part of its content. */
  readonly traceparent?: string;
}

/** What happens to a message whose request was written and never answered: sent again, or reported as unknown. */
export type AmbiguousSends = 'resend' | 'report';

/** A message as a way in read it, before the rules were looked at. */
export interface MessageDraft {
  readonly messageId: unknown;
  readonly phoneNumber: unknown;
  readonly body: unknown;
  readonly previewUrl?: unknown;
  /** Milliseconds since 1970, or undefined for the default. NaN when what was given is not a moment. */
  readonly expireTimeMs?: number | undefined;
  readonly ambiguousSends?: unknown;
  readonly metadata?: unknown;
  /** W3C trace context. One that cannot be read is ignored, as the standard asks, and replaced by a new one. */
  readonly traceparent?: unknown;
}

/** One broken rule. `field` is a path in {@link DraftField}'s words, which each way in translates to its own. */
export interface Violation {
  readonly field: DraftField;
  readonly reason: Reason;
  /** Completes the sentence "<field> …". Never repeats what was given. */
  readonly rule: string;
}

export type DraftField =
  | 'messageId'
  | 'phoneNumber'
  | 'text.body'
  | 'text.previewUrl'
  | 'expireTime'
  | 'ambiguousSends'
  | 'metadata';

/** What holds for messages that do not say otherwise. */
export interface MessageDefaults {
  readonly account: string;
  readonly ambiguousSends: AmbiguousSends;
  /** The wall clock's milliseconds since 1970: the moment of acceptance. */
  readonly nowMs: number;
  /** For how long after that; Infinity for as long as it takes. @default a day, WhatsApp's window for free texts */
  readonly lifetimeMs?: number;
}

export type MessageReading =
  | { readonly kind: 'valid'; readonly message: OutboundMessage }
  | { readonly kind: 'invalid'; readonly violations: readonly [Violation, ...Violation[]] };

/** The provider's limit for `text.body` (Insider's page on sending a conversational text, "Body Parameters"), in UTF-16 code units: the stricter reading. */
const MAX_BODY_LENGTH = 4096;

const DEFAULT_LIFETIME_MS = 24 * 60 * 60 * 1000;

const MAX_METADATA_ENTRIES = 16;
const MAX_METADATA_KEY_BYTES = 64;
const MAX_METADATA_VALUE_BYTES = 256;

const MESSAGE_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const E164 = /^\+[1-9][0-9]{6,14}$/;

/** Looks at every rule of a message, once for all ways in, and names each one that is broken. */
export function readMessage(draft: MessageDraft, defaults: MessageDefaults): MessageReading {
  const violations = [
    messageIdViolation(draft.messageId),
    phoneNumberViolation(draft.phoneNumber),
    bodyViolation(draft.body),
    previewUrlViolation(draft.previewUrl),
    expireTimeViolation(draft.expireTimeMs),
    ambiguousSendsViolation(draft.ambiguousSends),
    metadataViolation(draft.metadata),
  ].filter((violation) => violation !== undefined);
  const [first, ...others] = violations;
  if (first) return { kind: 'invalid', violations: [first, ...others] };
  return {
    kind: 'valid',
    message: {
      messageId: draft.messageId as string,
      account: defaults.account,
      phoneNumber: draft.phoneNumber as string,
      text: { body: draft.body as string, previewUrl: draft.previewUrl === true },
      expireTimeMs: draft.expireTimeMs ?? defaults.nowMs + (defaults.lifetimeMs ?? DEFAULT_LIFETIME_MS),
      ambiguousSends: (draft.ambiguousSends as AmbiguousSends | undefined) ?? defaults.ambiguousSends,
      metadata: { ...(draft.metadata as Record<string, string> | undefined) },
      traceparent: traceparentOf(draft.traceparent),
    },
  };
}

function messageIdViolation(value: unknown): Violation | undefined {
  if (typeof value === 'string' && MESSAGE_ID.test(value)) return undefined;
  return {
    field: 'messageId',
    reason: 'MESSAGE_ID_INVALID',
    rule: 'must be 1 to 128 characters out of letters, digits and ._:-',
  };
}

/**
 * Asks for the form and for a length that exists in the number's country. Whether the number is assigned is the
 * provider's to know: number plans change faster than any library's data.
 */
function phoneNumberViolation(value: unknown): Violation | undefined {
  if (typeof value === 'string' && E164.test(value) && parsePhoneNumberFromString(value)?.isPossible()) {
    return undefined;
  }
  return {
    field: 'phoneNumber',
    reason: 'PHONE_NUMBER_INVALID',
    rule: 'must be a number in E.164 form: a plus sign, the country code and the rest, digits only, of a length that exists there',
  };
}

function bodyViolation(value: unknown): Violation | undefined {
  const field = 'text.body';
  if (value === undefined || value === null || value === '') {
    return { field, reason: 'BODY_EMPTY', rule: 'is required' };
  }
  if (typeof value !== 'string') return { field, reason: 'BODY_INVALID', rule: 'must be a string' };
  if (value.length > MAX_BODY_LENGTH) {
    return {
      field,
      reason: 'BODY_TOO_LONG',
      rule: `must be at most ${MAX_BODY_LENGTH} characters, and is ${value.length}`,
    };
  }
  if (!value.isWellFormed()) {
    return {
      field,
      reason: 'BODY_INVALID',
      rule: 'must be well-formed Unicode: it holds half of a surrogate pair',
    };
  }
  return undefined;
}

function previewUrlViolation(value: unknown): Violation | undefined {
  if (value === undefined || value === null || typeof value === 'boolean') return undefined;
  return { field: 'text.previewUrl', reason: 'BODY_INVALID', rule: 'must be true or false' };
}

function expireTimeViolation(value: number | undefined): Violation | undefined {
  if (value === undefined || Number.isFinite(value)) return undefined;
  return {
    field: 'expireTime',
    reason: 'EXPIRE_TIME_INVALID',
    rule: 'must be a moment such as 2030-01-31T12:00:00Z',
  };
}

function ambiguousSendsViolation(value: unknown): Violation | undefined {
  if (value === undefined || value === null || value === 'resend' || value === 'report') return undefined;
  return { field: 'ambiguousSends', reason: 'AMBIGUOUS_SENDS_INVALID', rule: 'must be resend or report' };
}

function metadataViolation(value: unknown): Violation | undefined {
  if (value === undefined || value === null) return undefined;
  const violation = (rule: string): Violation => ({ field: 'metadata', reason: 'METADATA_INVALID', rule });
  if (typeof value !== 'object' || Array.isArray(value)) return violation('must be an object of strings');
  const entries = Object.entries(value);
  if (entries.length > MAX_METADATA_ENTRIES) {
    return violation(`must have at most ${MAX_METADATA_ENTRIES} entries, and has ${entries.length}`);
  }
  for (const [key, entry] of entries) {
    if (key === '' || Buffer.byteLength(key) > MAX_METADATA_KEY_BYTES) {
      return violation(`must have keys of 1 to ${MAX_METADATA_KEY_BYTES} bytes`);
    }
    if (typeof entry !== 'string') return violation('must have strings as values');
    if (Buffer.byteLength(entry) > MAX_METADATA_VALUE_BYTES) {
      return violation(`must have values of at most ${MAX_METADATA_VALUE_BYTES} bytes`);
    }
  }
  return undefined;
}
