import type { ReceivedMessage } from './received-message.ts';

/** Which texts are meant; all when nothing is given. */
export interface MessageQuery {
  /** With or without its plus, which in a query string arrives as a space. */
  readonly recipient?: string | undefined;
  readonly key?: string | undefined;
  /** A part of the body. */
  readonly text?: string | undefined;
}

export function matcherOf({ recipient, key, text }: MessageQuery): (message: ReceivedMessage) => boolean {
  const phoneNumber = recipient === undefined ? undefined : `+${recipient.replace(/\D/g, '')}`;
  return (message) =>
    (key === undefined || message.key === key) &&
    (phoneNumber === undefined || message.phoneNumber === phoneNumber) &&
    (text === undefined || message.body.includes(text));
}

/** Whether no text is left out. */
export function asksForAll({ recipient, key, text }: MessageQuery): boolean {
  return recipient === undefined && key === undefined && text === undefined;
}
