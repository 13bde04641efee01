/** A text that the endpoint took over. */
export interface ReceivedMessage {
  readonly key: string;
  readonly wamid: string;
  /** E.164 with a leading `+`. */
  readonly phoneNumber: string;
  /** The sender number the request named, for accounts that have several. */
  readonly from?: string;
  readonly body: string;
  readonly previewUrl: boolean;
  readonly receivedTime: Date;
  /** The request that brought it. */
  readonly requestId: string;
  /** What became of it so far, oldest first. */
  readonly statuses: readonly MessageStatus[];
}

export interface MessageStatus {
  readonly status: 'accepted' | 'sent' | 'delivered' | 'read' | 'failed';
  readonly time: Date;
  /** Meta's error code of a failure. */
  readonly code?: number;
}

/** A text that a user wrote. */
export interface InboundMessage {
  readonly wamid: string;
  /** E.164 with a leading `+`. */
  readonly phoneNumber: string;
  readonly text: string;
  readonly time: Date;
}
