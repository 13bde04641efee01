import { randomUUID } from 'node:crypto';
import { EVENT_TYPES } from '@parley/contracts';
import type { InboundEvent, StatusError, StatusEvent } from '@parley/contracts';
import type { WatchedStatus } from '@parley/delivery';
import { adviceFor } from '@parley/insider';
import type { CallbackError, InboundCallback, StatusCallback } from '@parley/insider';
import type { OutgoingRecord } from '@parley/kafka';
import type { SentMessage } from '@parley/sender';
import { eventRecord } from '../events/event-record.ts';

export interface Receipt {
  readonly account: string;
  readonly received: Date;
}

/** A status and what is known of its message. */
export interface KnownStatus {
  readonly callback: StatusCallback;
  /** The provider's key: the callback's own, or the one that goes with its WhatsApp id. */
  readonly key: string | undefined;
  /** WhatsApp's id: the callback's own, or the one that goes with its key. */
  readonly wamid: string | undefined;
  /** Undefined when nobody knows the message: sent elsewhere, or forgotten. */
  readonly sent: SentMessage | undefined;
}

/** Of a value: below Kafka's default limit of one MiB for a record, with room for key and headers. */
const MAX_VALUE_BYTES = 900_000;

/** What is told of one status, with the message it belongs to when that is known. */
export function statusTold(
  { callback, key, wamid, sent }: KnownStatus,
  { account, received }: Receipt,
): WatchedStatus {
  const { status, error } = callback;
  const phoneNumber = sent?.phoneNumber ?? callback.phoneNumber;
  return {
    ...(sent && { messageId: sent.messageId }),
    account,
    ...(phoneNumber !== undefined && { phoneNumber }),
    key: key ?? '',
    ...(wamid !== undefined && { wamid }),
    status,
    ...(error && { error: statusError(error) }),
    time: (callback.time ?? received).toISOString(),
    receivedTime: received.toISOString(),
    ...(sent && { metadata: sent.metadata }),
  };
}

/** The record of a status. `ce_correlation` says whether its message was known. */
export function statusRecord(
  told: WatchedStatus,
  { callback, sent }: Pick<KnownStatus, 'callback' | 'sent'>,
  topic: string,
): OutgoingRecord {
  const { key, wamid = '', status, time, phoneNumber = null } = told;
  const event: StatusEvent = { ...told, provider: callback.provider };
  return withinLimit(event, (value) =>
    eventRecord({
      topic,
      type: EVENT_TYPES.status,
      id: `${key || wamid}:${status}`,
      time,
      key: phoneNumber,
      value,
      correlation: sent ? 'matched' : 'unknown',
      ...(sent?.traceparent !== undefined && { traceparent: sent.traceparent }),
    }),
  );
}

/** The record of one message that the user wrote. */
export function inboundRecord(
  callback: InboundCallback,
  { account, received }: Receipt,
  topic: string,
): OutgoingRecord {
  const { wamid, phoneNumber, type, text, provider } = callback;
  const time = (callback.time ?? received).toISOString();
  const event: InboundEvent = {
    account,
    phoneNumber,
    wamid,
    type,
    ...(text !== undefined && { text }),
    time,
    provider,
  };
  return withinLimit(event, (value) =>
    eventRecord({ topic, type: EVENT_TYPES.inbound, id: wamid, time, key: phoneNumber, value }),
  );
}

/**
 * A callback that nobody could read, byte for byte. One that is too large for a record is cut into several, in order on one
 * partition by their key.
 */
export function quarantineRecords(
  body: Buffer,
  why: string,
  { account, received }: Receipt,
  topic: string,
): readonly OutgoingRecord[] {
  const headers = {
    'quarantine-reason': why,
    'quarantine-account': account,
    'quarantine-time': received.toISOString(),
  };
  const parts = Math.ceil(body.length / MAX_VALUE_BYTES);
  if (parts <= 1) return [{ topic, key: null, value: body, headers }];
  const id = randomUUID();
  return Array.from({ length: parts }, (_, part) => ({
    topic,
    key: id,
    value: body.subarray(part * MAX_VALUE_BYTES, (part + 1) * MAX_VALUE_BYTES),
    headers: { ...headers, 'quarantine-id': id, 'quarantine-part': `${part + 1}/${parts}` },
  }));
}

/** Passes the provider's own object on unless it is what makes the record too large: an event without it is worth more than none. */
function withinLimit<Event extends { readonly provider: unknown }>(
  event: Event,
  toRecord: (event: Event) => OutgoingRecord,
): OutgoingRecord {
  const record = toRecord(event);
  const bytes = Buffer.byteLength(record.value ?? '');
  return bytes > MAX_VALUE_BYTES ? toRecord({ ...event, provider: { omittedBytes: bytes } }) : record;
}

/** What Meta's code means and what to do about it. */
export function statusError({ code, title, details }: CallbackError): StatusError {
  const { retryable, advice, title: knownTitle } = adviceFor(code);
  return { code, title: title || knownTitle, details, retryable, advice };
}
