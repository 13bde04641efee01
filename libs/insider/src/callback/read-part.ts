import { field, listOf, objectOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { isTopicOfMessages } from './callback-parts.ts';
import type { CallbackPart } from './callback-parts.ts';
import { errorOf } from './callback-error.ts';
import { contactsOf } from './contacts.ts';
import { readInbound } from './inbound-message.ts';
import { nameOneMessage, newsOf } from './part-news.ts';
import type { Reading } from './reading.ts';
import { isFailed, readAccepted, readFailure, readStatus } from './status-news.ts';

/** Everything that one `value` tells. At least one reading: nothing is passed over in silence. */
export function readPart({ value, topic, key }: CallbackPart): readonly Reading[] {
  if (!isTopicOfMessages(topic)) return [underAnotherTopic(topic, value)];
  if (value === undefined) return [{ kind: 'unread', why: 'a change without a value' }];

  const { statuses, messages, sent, errors } = newsOf(value);
  const sole = nameOneMessage([...statuses, ...sent]) ? key : undefined;
  const contacts = contactsOf(value);
  const wasSent = new Set(sent);
  const readings = [
    ...statuses.map((each) => readObject(each, (news) => readStatus(news, { key: sole, error: errors[0] }))),
    ...messages.map((each, index) =>
      readObject(each, (message) => {
        if (!wasSent.has(each)) return readInbound(message, contacts);
        const provider = messages.length === 1 ? value : message;
        return readAccepted(message, { contact: contacts.recipientAt(index), key: sole, provider });
      }),
    ),
  ];
  const [error] = errors;
  if (error !== undefined && !statuses.some((each) => isFailed(objectOf(each))))
    readings.push(readError(error, { value, key: readings.length > 0 ? sole : key }));
  return readings.length > 0 ? readings : [withoutNews(value)];
}

/** Account, template and quality updates, calls. Of messages only where a topic is new, which somebody should see. */
function underAnotherTopic(topic: string | undefined, value: JsonObject | undefined): Reading {
  const news = [...listOf(field(value, 'statuses')), ...listOf(field(value, 'messages'))];
  return news.length > 0 && topic !== 'calls'
    ? { kind: 'unread', why: 'news of messages under an unknown topic' }
    : { kind: 'ignored', why: 'news of the account, not of messages' };
}

/** With a key, the end of that message. Without one, trouble of the account, such as a lock. */
function readError(
  error: unknown,
  { value, key }: { readonly value: JsonObject; readonly key: string | undefined },
): Reading {
  if (key !== undefined) return readFailure(error, { value, key });
  // The provider's documented shape always names a message; only Meta's list of errors may be about the account.
  if (listOf(field(value, 'errors')).length === 0) return readFailure(error, { value, key });
  return {
    kind: 'ignored',
    why: 'an error of the account, not of a message',
    errorCode: errorOf(error).code,
  };
}

function readObject(value: unknown, read: (object: JsonObject) => Reading): Reading {
  const object = objectOf(value);
  return object === undefined ? { kind: 'unread', why: 'something other than an object' } : read(object);
}

function withoutNews(value: JsonObject): Reading {
  const isEcho =
    objectOf(field(value, 'template')) !== undefined || textOf(field(value, 'recipient_type')) !== undefined;
  return isEcho
    ? { kind: 'ignored', why: 'the echo of a message sent elsewhere' }
    : { kind: 'unread', why: 'none of the known shapes' };
}
