import { MessageStatus } from '@parley/contracts';
import type { DeliveryStatus, GetMessageResponse, StatusError, WireStatusEvent } from '@parley/contracts';
import type { DeliveryNews, WatchedStatus } from '@parley/delivery';
import type { Reason } from '@parley/sender';
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

/** A message's state, with its history in the order it was told. */
export function getMessageResponse(account: string, message: TrackedMessage): GetMessageResponse {
  const { messageId = '', key = '', settlement, attempts, metadata, delivery } = message;
  const { state, history } = delivery;
  return {
    messageId,
    key,
    status: state ? STATUSES[state] : MessageStatus.MESSAGE_STATUS_UNSPECIFIED,
    history: history.map((news) => statusEvent({ ...news, messageId, account, key, metadata })),
    attempts,
    result: settlement && resultOf(messageId, settlement),
  };
}

/** An event as watchers get it. */
export function watchedEvent(status: WatchedStatus): WireStatusEvent {
  const { time, receivedTime, ...rest } = status;
  return statusEvent({ ...rest, timeMs: Date.parse(time), receivedMs: Date.parse(receivedTime) });
}

/** Undefined for what is no status of an event. */
export function deliveryStatusOf(status: MessageStatus): DeliveryStatus | undefined {
  return NAMES.get(status);
}

const NAMES: ReadonlyMap<MessageStatus, DeliveryStatus> = new Map(
  Object.entries(STATUSES).map(([name, wire]) => [wire, name as DeliveryStatus]),
);

/** Moments in milliseconds since 1970. */
type StatusOfMessage = Pick<WatchedStatus, 'messageId' | 'account' | 'key' | 'metadata'> &
  Pick<DeliveryNews, 'status' | 'timeMs' | 'receivedMs' | 'error'>;

function statusEvent(told: StatusOfMessage): WireStatusEvent {
  const { messageId = '', account, key, status, timeMs, receivedMs, error, metadata = {} } = told;
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

/** Meta's code for a text to somebody who has not written in the last 24 hours. */
const WINDOW_CLOSED_CODE = '131047';

function errorOf({ code, title, details, retryable, advice }: StatusError): WireStatusEvent['error'] {
  const reason: Reason = code === WINDOW_CLOSED_CODE ? 'WINDOW_CLOSED' : 'PROVIDER_REJECTED';
  const message = [title, details, advice].filter(Boolean).join(' – ');
  return { reason, message, retryable, providerCode: code };
}
