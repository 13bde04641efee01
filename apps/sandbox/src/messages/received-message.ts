/** A text that the endpoint took over. */
export interface ReceivedMessage {
  readonly key: string;
  readonly wamid: string;
  /** E.164 with a leading `+`. */
  readonly phoneNumber: string;
  readonly body: string;
  readonly previewUrl: boolean;
  readonly receivedTime: Date;
  /** Its news so far, oldest first. */
  readonly statuses: readonly MessageStatus[];
}

export interface MessageStatus {
  readonly status: 'accepted' | 'sent' | 'delivered' | 'read' | 'failed';
  readonly time: Date;
}
