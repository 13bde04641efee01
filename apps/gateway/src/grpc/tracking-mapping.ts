import { MessageStatus } from '@parley/contracts';
import type { DeliveryStatus, GetMessageResponse, StatusError, WireStatusEvent } from '@parley/contracts';
import type { DeliveryNews, WatchedStatus } from '@parley/delivery';
import type { TrackedMessage } from '../tracking/message-lookup.ts';
import { resultOf } from './mapping.ts';
import { timestampOf } from './moment.ts';

const STATUSES = {
  accepted: MessageStatus.MESSAGE_STATUS_ACCEPTED,
  sent: MessageStatus.MESSAGE_STATUS_SENT,
  delivered: MessageStatus.MESSAGE_STATUS_DELIVERED,
  read: MessageStatus.MESSAGE_STATUS_READ,
  failed: MessageStatus.MESSAGE_STATUS_FAILED,
} as const satisfies Record<DeliveryStatus, MessageStatus>;

/** A message's state, with its history oldest first. */
export function getMessageResponse(account: string, message: TrackedMessage): GetMessageResponse {
  const { messageId = '', key = '', settlement, attempts, metadata, delivery } = message;
  const { state, history } = delivery;
  return {
    messageId,
    key,
    status: state ? STATUSES[state] : MessageStatus.MESSAGE_STATUS_UNSPECIFIED,
    history: history.map((news) => historyEvent(news, { messageId, account, key, metadata })),
    attempts,
    result: settlement && resultOf(messageId, settlement),
  };
}

/** An event as watchers get it. */
export function watchedEvent(status: WatchedStatus): WireStatusEvent {
  const { messageId = '', account, key, time, receivedTime, error, metadata = {} } = status;
  return {
    messageId,
    account,
    key,
    status: STATUSES[status.status],
    time: timestampOf(Date.parse(time)),
    receivedTime: timestampOf(Date.parse(receivedTime)),
    error: error && errorOf(error),
    metadata: { ...metadata },
  };
}

/** Undefined for what is no status of an event. */
export function deliveryStatusOf(status: MessageStatus): DeliveryStatus | undefined {
  return NAMES.get(status);
}

const NAMES: ReadonlyMap<MessageStatus, DeliveryStatus> = new Map(
  Object.entries(STATUSES).map(([name, wire]) => [wire, name as DeliveryStatus]),
);

function historyEvent(
  { status, timeMs, receivedMs, error }: DeliveryNews,
  message: Pick<WireStatusEvent, 'messageId' | 'account' | 'key' | 'metadata'>,
): WireStatusEvent {
  const { messageId, account, key, metadata } = message;
  return {
    messageId,
    account,
    key,
    status: STATUSES[status],
    time: timestampOf(timeMs),
    receivedTime: timestampOf(receivedMs),
    error: error && errorOf(error),
    metadata: { ...metadata },
  };
}

function errorOf({ code, title, details, retryable, advice }: StatusError): WireStatusEvent['error'] {
  const message = [title, details, advice].filter(Boolean).join(' – ');
  return { reason: 'PROVIDER_REJECTED', message, retryable, providerCode: code };
}
