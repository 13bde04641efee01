import { EVENT_TYPES } from '@parley/contracts';
import type { InboundEvent, StatusError, StatusEvent, TopicRole } from '@parley/contracts';
import { adviceFor } from '@parley/insider';
import type { CallbackError, InboundCallback, StatusCallback } from '@parley/insider';
import type { OutgoingRecord } from '@parley/kafka';
import type { SentMessage } from '@parley/sender';
import { eventRecord } from '../events/event-record.ts';

export interface Receipt {
  readonly account: string;
  readonly received: Date;
  readonly topics: Readonly<Record<TopicRole, string>>;
}

/** The event of one status, with the message it belongs to when that is known. */
export function statusRecord(
  callback: StatusCallback,
  sent: SentMessage | undefined,
  { account, received, topics }: Receipt,
): OutgoingRecord {
  const { key, wamid, status, error, provider } = callback;
  const phoneNumber = sent?.phoneNumber ?? callback.phoneNumber;
  const time = (callback.time ?? received).toISOString();
  const event: StatusEvent = {
    ...(sent && { messageId: sent.messageId }),
    account,
    ...(phoneNumber !== undefined && { phoneNumber }),
    key: key ?? '',
    ...(wamid !== undefined && { wamid }),
    status,
    ...(error && { error: errorOf(error) }),
    time,
    receivedTime: received.toISOString(),
    ...(sent && { metadata: sent.metadata }),
    provider,
  };
  return eventRecord({
    topic: topics.status,
    type: EVENT_TYPES.status,
    id: `${key ?? wamid ?? ''}:${status}`,
    time,
    key: phoneNumber ?? null,
    value: event,
  });
}

/** The event of one message that the user wrote. */
export function inboundRecord(
  callback: InboundCallback,
  { account, received, topics }: Receipt,
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
  return eventRecord({
    topic: topics.inbound,
    type: EVENT_TYPES.inbound,
    id: wamid,
    time,
    key: phoneNumber,
    value: event,
  });
}

/** A callback that nobody could read, byte for byte. */
export function quarantineRecord(
  body: Buffer,
  why: string,
  { account, received, topics }: Receipt,
): OutgoingRecord {
  const headers = {
    'quarantine-reason': why,
    'quarantine-account': account,
    'quarantine-time': received.toISOString(),
  };
  return { topic: topics.quarantine, key: null, value: body, headers };
}

function errorOf({ code, title, details }: CallbackError): StatusError {
  const { retryable, advice, title: knownTitle } = adviceFor(code);
  return { code, title: title || knownTitle, details, retryable, advice };
}
