/** One thing that a callback tells. */
export type CallbackEvent = StatusCallback | InboundCallback;

export type CallbackStatus = 'accepted' | 'sent' | 'delivered' | 'read' | 'failed';

/** News of a message that was sent. Has a key or a WhatsApp message id, often both. */
export interface StatusCallback {
  readonly kind: 'status';
  readonly status: CallbackStatus;
  /** The provider's key, as the send endpoint returned it. */
  readonly key?: string;
  /** WhatsApp's own message id. */
  readonly wamid?: string;
  /** E.164 with a leading `+`. */
  readonly phoneNumber?: string;
  /** When it happened, by the provider's clock. */
  readonly time?: Date;
  /** Only when failed. */
  readonly error?: CallbackError;
  /** The body this was read from; of a body that tells several things, the part that tells this one. */
  readonly provider: object;
}

export interface CallbackError {
  /** Meta's code, or the provider's own, at most 32 characters; `unknown` when there is none. */
  readonly code: string;
  /** At most 1,000 UTF-16 units, like the details; empty when there is none. */
  readonly title: string;
  readonly details: string;
}

/** A message that the user wrote. */
export interface InboundCallback {
  readonly kind: 'inbound';
  readonly wamid: string;
  /** E.164 with a leading `+`. */
  readonly phoneNumber: string;
  /** `text`, `image`, `interactive`, … as WhatsApp names it. */
  readonly type: string;
  /** The text, or the title of the button or list row that was chosen; at most 65,536 UTF-16 units. */
  readonly text?: string;
  readonly time?: Date;
  /** As in {@link StatusCallback}. */
  readonly provider: object;
}
