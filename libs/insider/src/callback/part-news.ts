import { field, listOf, objectOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { contactsOf } from './contacts.ts';
import { isInbound } from './inbound-message.ts';

/** The pieces of one `value`, as they are; each may be anything but null. */
export interface PartNews {
  readonly statuses: readonly unknown[];
  readonly messages: readonly unknown[];
  /** Those of the messages that were sent to users, and not written by them. */
  readonly sent: readonly unknown[];
  /** Beside statuses and messages, of the value as a whole. */
  readonly errors: readonly unknown[];
}

export function newsOf(value: JsonObject): PartNews {
  const contacts = contactsOf(value);
  const statuses = [...listOf(field(value, 'statuses')), ...statusAlone(value)];
  const messages = [...listOf(field(value, 'messages')), ...messageAlone(value)];
  const sent = messages.filter(
    (each, index) => !isInbound(objectOf(each), { value, contact: contacts.recipientAt(index) }),
  );
  return { statuses, messages, sent, errors: [...errorAlone(value), ...listOf(field(value, 'errors'))] };
}

/** Whether a key beside these news of sent messages can belong to one message only. */
export function nameOneMessage(news: readonly unknown[]): boolean {
  return new Set(news.map((each) => field(objectOf(each), 'id'))).size <= 1;
}

/** Whether a body tells anything outside Meta's envelope. */
export function hasNews(value: JsonObject): boolean {
  const { statuses, messages, errors } = newsOf(value);
  return statuses.length + messages.length + errors.length > 0;
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
