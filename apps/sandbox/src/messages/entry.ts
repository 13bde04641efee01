import type { InboundMessage, ReceivedMessage } from './received-message.ts';

/** A text in one direction or the other. */
export type Entry =
  | { readonly direction: 'outbound'; readonly sequence: number; readonly message: ReceivedMessage }
  | { readonly direction: 'inbound'; readonly sequence: number; readonly message: InboundMessage };

export function textOf(entry: Entry): string {
  return entry.direction === 'outbound' ? entry.message.body : entry.message.text;
}

export function timeOf(entry: Entry): Date {
  return entry.direction === 'outbound' ? entry.message.receivedTime : entry.message.time;
}
