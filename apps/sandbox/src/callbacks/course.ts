import type { MessageStatus } from '../messages/received-message.ts';
import type { Settings } from '../settings/settings.ts';
import type { Callback } from './callback.ts';
import { isOver } from './retry-schedule.ts';

/** What becomes of one text, of the business or of a user: how far it gets on WhatsApp, and who is told of it. */
export interface Course {
  /** The message's key; of a user's text the wamid. */
  readonly id: string;
  readonly subject: Subject;
  readonly statuses: readonly PlannedStatus[];
  /** In the order they are due. */
  readonly callbacks: readonly Callback[];
  /** The shapes of the bodies, as they were set when the text came: a retry posts what the first attempt did. */
  readonly shapes: Pick<Settings, 'statusShape' | 'inboundShape'>;
}

/** What the bodies say of the text. */
export interface Subject {
  /** A user's text has none. */
  readonly key?: string;
  readonly wamid: string;
  /** Of the user, in E.164. */
  readonly phoneNumber: string;
  /** The business's number, when the request named it. */
  readonly from?: string;
  /** What a user wrote. */
  readonly text?: string;
}

export interface PlannedStatus {
  readonly status: MessageStatus['status'];
  /** On the sandbox's clock. WhatsApp goes on while the sandbox is down, so that it may be past at a restart. */
  readonly timeMs: number;
  readonly code?: number;
}

/** Whether all of its callbacks are over; one without callbacks has nothing to be kept for. */
export function isTold({ callbacks }: Course): boolean {
  return callbacks.length > 0 && callbacks.every(isOver);
}
