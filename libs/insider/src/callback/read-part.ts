import { field, listOf, objectOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import type { CallbackPart } from './callback-parts.ts';
import { contactsOf } from './contacts.ts';
import { isInbound, readInbound } from './inbound-message.ts';
import type { Reading } from './reading.ts';
import { readAccepted, readFailure, readStatus } from './status-news.ts';

/** Everything that one `value` tells. At least one reading: nothing is passed over in silence. */
export function readPart({ value, topic, key }: CallbackPart): readonly Reading[] {
  if (topic !== undefined && topic !== 'messages') return [underAnotherTopic(topic, value)];
  if (value === undefined) return [{ kind: 'unread', why: 'a change without a value' }];

  const statuses = [...listOf(field(value, 'statuses')), ...statusAlone(value)];
  const messages = [...listOf(field(value, 'messages')), ...messageAlone(value)];
  const sent = messages.filter((each) => !isInbound(objectOf(each)));
  const sole = namesOneMessage([...statuses, ...sent]) ? key : undefined;
  const contacts = contactsOf(value);
  const readings = [
    ...errorAlone(value).map((error) => readFailure(error, { value, key })),
    ...statuses.map((each) => readObject(each, (news) => readStatus(news, sole))),
    ...messages.map((each, index) =>
      readObject(each, (message) => {
        if (isInbound(message)) return readInbound(message, contacts);
        const provider = messages.length === 1 ? value : message;
        return readAccepted(message, { contact: contacts.recipientAt(index), key: sole, provider });
      }),
    ),
  ];
  return readings.length > 0 ? readings : [withoutNews(value, key)];
}

/** Account, template and quality updates, calls. Of messages only where a topic is new, which somebody should see. */
function underAnotherTopic(topic: string, value: JsonObject | undefined): Reading {
  const news = [...listOf(field(value, 'statuses')), ...listOf(field(value, 'messages'))];
  return news.length > 0 && topic !== 'calls'
    ? { kind: 'unread', why: 'news of messages under an unknown topic' }
    : { kind: 'ignored', why: 'news of the account, not of messages' };
}

/** The provider's documented error shape: an `error` object beside the key. */
function errorAlone(value: JsonObject): readonly unknown[] {
  const error = field(value, 'error');
  return objectOf(error) === undefined && textOf(error) === undefined ? [] : [error];
}

/** A value that is itself one status. */
function statusAlone(value: JsonObject): readonly unknown[] {
  return textOf(field(value, 'status')) === undefined ? [] : [value];
}

function messageAlone(value: JsonObject): readonly unknown[] {
  const message = objectOf(field(value, 'message'));
  return message === undefined ? [] : [message];
}

/** A key beside news of several messages could belong to any of them. */
function namesOneMessage(news: readonly unknown[]): boolean {
  return new Set(news.map((each) => field(objectOf(each), 'id'))).size <= 1;
}

function readObject(value: unknown, read: (object: JsonObject) => Reading): Reading {
  const object = objectOf(value);
  return object === undefined ? { kind: 'unread', why: 'something other than an object' } : read(object);
}

function withoutNews(value: JsonObject, key: string | undefined): Reading {
  const [error] = listOf(field(value, 'errors'));
  if (error !== undefined && key !== undefined) return readFailure(error, { value, key });
  if (
    objectOf(field(value, 'template')) !== undefined ||
    textOf(field(value, 'recipient_type')) !== undefined
  )
    return { kind: 'ignored', why: 'the echo of a message sent elsewhere' };
  if (error !== undefined) return { kind: 'ignored', why: 'an error of the account, not of a message' };
  return { kind: 'unread', why: 'none of the known shapes' };
}
