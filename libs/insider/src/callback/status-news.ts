import { arrayOf, field, objectOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import type { CallbackError, CallbackStatus, StatusCallback } from './callback-event.ts';
import { keyOf } from './callback-parts.ts';
import type { CallbackPart } from './callback-parts.ts';
import { phoneNumberOf, timeOf } from './meta-fields.ts';
import type { Reading } from './reading.ts';

/** The provider's documented error shape: an `error` object beside the key. */
export function readError({ value, key }: CallbackPart): readonly Reading[] {
  const error = field(value, 'error');
  if (objectOf(error) === undefined && textOf(error) === undefined) return [];
  return [status({ status: 'failed', key, error: errorOf(error), provider: value })];
}

/** Meta's `statuses`, or a single one standing for the whole value. */
export function readStatuses({ value, key }: CallbackPart): readonly Reading[] {
  const alone = textOf(field(value, 'status')) === undefined ? [] : [value];
  const statuses = [...arrayOf(field(value, 'statuses')), ...alone].map(objectOf);
  // A key beside news of several messages could belong to any of them.
  const sameMessage = new Set(statuses.map((each) => field(each, 'id'))).size <= 1;

  return statuses.map((news) => {
    const name = textOf(field(news, 'status'))?.toLowerCase();
    if (news === undefined || name === undefined) return { kind: 'unread', why: 'a status without a name' };
    if (!isStatus(name)) return { kind: 'ignored', why: 'a status that texts do not have' };
    return status({
      status: name,
      key: keyOf(news) ?? (sameMessage ? key : undefined),
      wamid: textOf(field(news, 'id')),
      phoneNumber: phoneNumberOf(field(news, 'recipient_id')),
      time: timeOf(field(news, 'timestamp')),
      error: name === 'failed' ? errorOf(arrayOf(field(news, 'errors'))[0]) : undefined,
      provider: news,
    });
  });
}

/** The provider's documented accepted shape: Meta's answer to a send, with the key. */
export function readAccepted(
  message: JsonObject,
  { part, index, alone }: { part: CallbackPart; index: number; alone: boolean },
): Reading {
  const contact = objectOf(arrayOf(field(part.value, 'contacts'))[index]);
  return status({
    status: 'accepted',
    key: keyOf(message) ?? (alone ? part.key : undefined),
    wamid: textOf(field(message, 'id')),
    phoneNumber: phoneNumberOf(field(contact, 'input')) ?? phoneNumberOf(field(contact, 'wa_id')),
    provider: alone ? part.value : message,
  });
}

const STATUSES: readonly CallbackStatus[] = ['accepted', 'sent', 'delivered', 'read', 'failed'];

function isStatus(name: string): name is CallbackStatus {
  return (STATUSES as readonly string[]).includes(name);
}

type Undefinable<T> = { readonly [Name in keyof T]: T[Name] | undefined };

function status(
  found: Pick<StatusCallback, 'status' | 'provider'> & Partial<Undefinable<StatusCallback>>,
): Reading {
  const { key, wamid, phoneNumber, time, error } = found;
  if (key === undefined && wamid === undefined)
    return { kind: 'unread', why: 'news of a message without its key or id' };
  return {
    kind: 'event',
    event: {
      kind: 'status',
      status: found.status,
      ...(key !== undefined && { key }),
      ...(wamid !== undefined && { wamid }),
      ...(phoneNumber !== undefined && { phoneNumber }),
      ...(time !== undefined && { time }),
      ...(error !== undefined && { error }),
      provider: found.provider,
    },
  };
}

const MAX_ERROR_CHARACTERS = 1_000;

function errorOf(value: unknown): CallbackError {
  const error = objectOf(value);
  const data = objectOf(field(error, 'error_data'));
  const code = field(error, 'code');
  const message = textOf(field(error, 'title')) ?? textOf(field(error, 'message')) ?? textOf(value) ?? '';
  return {
    code: typeof code === 'number' ? String(code) : (textOf(code)?.slice(0, 32) ?? 'unknown'),
    // Meta's synchronous errors repeat the code in front of the title: "(#131047) Re-engagement message".
    title: message.replace(/^\(#\d+\)\s*/, '').slice(0, MAX_ERROR_CHARACTERS),
    details: (textOf(field(data, 'details')) ?? '').slice(0, MAX_ERROR_CHARACTERS),
  };
}
