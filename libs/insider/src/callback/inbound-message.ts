import { field, objectOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import type { Contacts } from './contacts.ts';
import { idOf, phoneNumberOf, timeOf, wordsOf } from './meta-fields.ts';
import type { Reading } from './reading.ts';

/**
 * Whether an element of `messages` was written by the user; WhatsApp calls the ids of what was sent so, too. Who names its
 * writer was; else what tells of a recipient was not.
 */
export function isInbound(
  message: JsonObject | undefined,
  { value, contact }: { readonly value: JsonObject; readonly contact: JsonObject | undefined },
): boolean {
  if (hasAny(message, ['from', 'from_user_id'])) return true;
  const wasSent =
    hasAny(message, ['to', 'template']) || hasAny(contact, ['input']) || hasAny(value, ['recipient_type']);
  return !wasSent && hasAny(message, ['type', 'timestamp']);
}

function hasAny(object: JsonObject | undefined, names: readonly string[]): boolean {
  return names.some((name) => (field(object, name) ?? null) !== null);
}

/** A message of the user, with the contacts beside it, who name the sender when the message does not. */
export function readInbound(message: JsonObject, contacts: Contacts): Reading {
  const type = wordsOf(field(message, 'type'), MAX_TYPE_CHARACTERS) ?? 'unknown';
  // Written by WhatsApp about the user, such as a new number; the user has said nothing.
  if (type === 'system') return { kind: 'ignored', why: 'a message by WhatsApp itself' };

  const phoneNumber =
    phoneNumberOf(field(message, 'from')) ?? phoneNumberOf(field(contacts.writerOf(message), 'wa_id'));
  const wamid = idOf(field(message, 'id'));
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

const MAX_TYPE_CHARACTERS = 64;

/** What the user wrote has no limit that anybody publishes; the longest text that can be sent has 4,096. */
const MAX_TEXT_CHARACTERS = 65_536;

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
    return wordsOf(field(holder, last ?? ''), MAX_TEXT_CHARACTERS);
  }).find((text) => text !== undefined);
}
