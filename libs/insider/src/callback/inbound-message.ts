import { arrayOf, field, objectOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { phoneNumberOf, timeOf } from './meta-fields.ts';
import type { Reading } from './reading.ts';

/** A message of the user, with the `value` around it, whose contact names the sender when the message does not. */
export function readInbound(message: JsonObject, value: JsonObject): Reading {
  const type = textOf(field(message, 'type')) ?? 'unknown';
  // Written by WhatsApp about the user, such as a new number; the user has said nothing.
  if (type === 'system') return { kind: 'ignored', why: 'a message by WhatsApp itself' };

  const contact = objectOf(arrayOf(field(value, 'contacts'))[0]);
  const phoneNumber = phoneNumberOf(field(message, 'from')) ?? phoneNumberOf(field(contact, 'wa_id'));
  const wamid = textOf(field(message, 'id'));
  // Users may hide their number behind a name; without a number there is no window and no order to keep.
  if (phoneNumber === undefined)
    return { kind: 'unread', why: 'a message of the user without a phone number' };
  if (wamid === undefined) return { kind: 'unread', why: 'a message of the user without an id' };

  const text = inboundText(message);
  const time = timeOf(field(message, 'timestamp'));
  return {
    kind: 'event',
    event: {
      kind: 'inbound',
      wamid,
      phoneNumber,
      type,
      ...(text !== undefined && { text }),
      ...(time !== undefined && { time }),
      provider: message,
    },
  };
}

/** Where each kind of message keeps its words. */
const TEXT_PATHS = [
  ['text', 'body'],
  ['button', 'text'],
  ['interactive', 'button_reply', 'title'],
  ['interactive', 'list_reply', 'title'],
  ['image', 'caption'],
  ['video', 'caption'],
  ['document', 'caption'],
] as const;

function inboundText(message: JsonObject): string | undefined {
  return TEXT_PATHS.map(([...path]) => {
    const last = path.pop();
    const holder = path.reduce<JsonObject | undefined>((at, name) => objectOf(field(at, name)), message);
    return textOf(field(holder, last ?? ''));
  }).find((text) => text !== undefined);
}
