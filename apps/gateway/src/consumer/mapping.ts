import type { IncomingRecord } from '@parley/kafka';
import { readMessage } from '@parley/sender';
import type { MessageDefaults, OutboundMessage, Reason } from '@parley/sender';

export type SendEventReading =
  | { readonly kind: 'valid'; readonly message: OutboundMessage }
  /** Never readable, however often it is tried. `message` names fields and rules, never contents. */
  | { readonly kind: 'invalid'; readonly reason: Reason; readonly message: string };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Reads a record of the send topic. One without an expire time waits for as long as an outage lasts: it has no other.
 *
 * @param defaults.traceparent the record's, or what follows from it
 */
export function readSendEvent(
  value: IncomingRecord['value'],
  { traceparent, ...defaults }: Omit<MessageDefaults, 'account'> & { readonly traceparent?: unknown },
): SendEventReading {
  const invalid = (message: string): SendEventReading => ({
    kind: 'invalid',
    reason: 'RECORD_INVALID',
    message,
  });
  if (value === null) return invalid('the record has no value');
  let text: string;
  try {
    text = utf8.decode(value);
  } catch {
    return invalid('the value is not UTF-8');
  }
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return invalid('the value is not JSON');
  }
  if (!isObject(event)) return invalid('the value is not a JSON object');

  const { messageId, phoneNumber, text: content, expireTime, ambiguousSends, metadata } = event;
  const account = event['account'] ?? 'default';
  if (typeof account !== 'string') {
    return { kind: 'invalid', reason: 'ACCOUNT_UNKNOWN', message: 'account must be a string' };
  }
  const { body, previewUrl } = isObject(content) ? content : {};
  const draft = {
    messageId,
    phoneNumber,
    body,
    previewUrl,
    expireTimeMs: millisecondsOf(expireTime),
    ambiguousSends,
    metadata,
    traceparent,
  };
  const reading = readMessage(draft, { ...defaults, account, lifetimeMs: Infinity });
  if (reading.kind === 'valid') return reading;
  const message = reading.violations.map(({ field, rule }) => `${field} ${rule}`).join('; ');
  return { kind: 'invalid', reason: reading.violations[0].reason, message };
}

/** RFC 3339 with a zone: a time without one means another moment on each machine. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function millisecondsOf(expireTime: unknown): number | undefined {
  if (expireTime === undefined || expireTime === null) return undefined;
  return typeof expireTime === 'string' && RFC_3339.test(expireTime) ? Date.parse(expireTime) : NaN;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
