import { field, listOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { errorOf } from './callback-error.ts';
import type { CallbackStatus, StatusCallback } from './callback-event.ts';
import { keyOf } from './callback-parts.ts';
import { idOf, phoneNumberOf, timeOf } from './meta-fields.ts';
import type { Reading } from './reading.ts';

/** An error that names no message of its own, about the message of the key. */
export function readFailure(
  error: unknown,
  { value, key }: { value: JsonObject; key: string | undefined },
): Reading {
  return status({ status: 'failed', key, error: errorOf(error), provider: value });
}

export function isFailed(news: JsonObject | undefined): boolean {
  return textOf(field(news, 'status'))?.toLowerCase() === 'failed';
}

/** One of Meta's `statuses`. A failed one without an error of its own has that of the value. */
export function readStatus(
  news: JsonObject,
  { key, error }: { readonly key: string | undefined; readonly error: unknown },
): Reading {
  const name = textOf(field(news, 'status'))?.toLowerCase();
  if (name === undefined) return { kind: 'unread', why: 'a status without a name' };
  // WhatsApp reports its calls and payments in the same place, and in part by the same names.
  const about = field(news, 'type');
  if (about === 'call' || about === 'payment')
    return { kind: 'ignored', why: 'the status of a call or payment' };
  if (name === 'played') return { kind: 'ignored', why: 'a status that texts do not have' };
  if (!isStatus(name)) return { kind: 'unread', why: 'a status of an unknown name' };
  return status({
    status: name,
    key: keyOf(news) ?? key,
    wamid: idOf(field(news, 'id')),
    phoneNumber: phoneNumberOf(field(news, 'recipient_id')),
    time: timeOf(field(news, 'timestamp')),
    error: isFailed(news)
      ? errorOf(listOf(field(news, 'errors'))[0] ?? field(news, 'error') ?? error)
      : undefined,
    provider: news,
  });
}

/** The provider's documented accepted shape: Meta's answer to a send, with the key. */
export function readAccepted(
  message: JsonObject,
  { contact, key, provider }: { contact: JsonObject | undefined; key: string | undefined; provider: object },
): Reading {
  return status({
    status: 'accepted',
    key: keyOf(message) ?? key,
    wamid: idOf(field(message, 'id')),
    phoneNumber: phoneNumberOf(field(contact, 'input')) ?? phoneNumberOf(field(contact, 'wa_id')),
    provider,
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
