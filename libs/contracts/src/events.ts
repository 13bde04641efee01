/**
 * The values of the Kafka topics, as JSON. Field names are camelCase, times RFC 3339 in UTC; readers ignore fields
 * they do not know. The record key is the recipient's E.164 number.
 */

/** Value of the send topic: one text to send. `messageId` is also the idempotency key. */
export interface SendEvent {
  /** 1 to 128 characters out of letters, digits and `._:-`. */
  readonly messageId: string;
  /** Provider account; `default` when left out. */
  readonly account?: string;
  /** E.164 with a leading `+`. */
  readonly phoneNumber: string;
  readonly text: { readonly body: string; readonly previewUrl?: boolean };
  /** RFC 3339; 24 hours from acceptance when left out. */
  readonly expireTime?: string;
  readonly ambiguousSends?: 'resend' | 'report';
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Value of the result topic: one per message settled, whichever way it came in. */
export interface ResultEvent {
  readonly messageId: string;
  readonly account: string;
  readonly phoneNumber: string;
  readonly outcome: 'ACCEPTED' | 'REJECTED' | 'EXPIRED' | 'UNKNOWN';
  /** The provider's key; only when accepted. */
  readonly key?: string;
  /** Why not; only when not accepted. */
  readonly error?: EventError;
  /** True when this id had been settled before and nothing was sent. */
  readonly duplicate: boolean;
  /** Requests to the provider that carried this message. */
  readonly attempts: number;
  readonly source: 'grpc' | 'kafka' | 'http';
  readonly time: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface EventError {
  /** One name of the closed list in docs/errors.md. */
  readonly reason: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly providerCode?: string;
}

export type DeliveryStatus = 'accepted' | 'sent' | 'delivered' | 'read' | 'failed';

/** Value of the status topic: one provider callback about one message. */
export interface StatusEvent {
  /** Left out when the gateway does not know the key: sent elsewhere, or forgotten. */
  readonly messageId?: string;
  readonly account: string;
  readonly phoneNumber?: string;
  /** The provider's key; empty when the callback named only the WhatsApp message id. */
  readonly key: string;
  readonly wamid?: string;
  readonly status: DeliveryStatus;
  readonly error?: StatusError;
  /** When it happened, by the provider's clock; the time of receipt when the callback names none. */
  readonly time: string;
  readonly receivedTime: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The callback's own object, untouched. */
  readonly provider: unknown;
}

export interface StatusError {
  /** Meta's code, or the provider's own. */
  readonly code: string;
  readonly title: string;
  readonly details: string;
  readonly retryable: boolean;
  /** One line: what to do about it. */
  readonly advice: string;
}

/** Value of the inbound topic: a message that the user wrote. */
export interface InboundEvent {
  readonly account: string;
  readonly phoneNumber: string;
  readonly wamid: string;
  /** `text`, `image`, `interactive`, … as the provider names it. */
  readonly type: string;
  readonly text?: string;
  readonly time: string;
  readonly provider: unknown;
}

/** Types of the events in their `ce_type` header (CloudEvents 1.0, Kafka binary binding). */
export const EVENT_TYPES = {
  send: 'parley.conversational.send.v1',
  result: 'parley.conversational.result.v1',
  status: 'parley.conversational.status.v1',
  inbound: 'parley.conversational.inbound.v1',
} as const;
