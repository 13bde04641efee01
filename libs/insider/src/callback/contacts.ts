import { field, listOf, objectOf, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';

/** The people whom a `value` names. */
export interface Contacts {
  /** Whom the message in that place of `messages` was sent to. */
  recipientAt(index: number): JsonObject | undefined;
  /** Who wrote the message: the only contact, or the one with the user id that the message names. */
  writerOf(message: JsonObject): JsonObject | undefined;
}

/** Looks through the contacts once, however many messages ask for theirs. */
export function contactsOf(value: JsonObject): Contacts {
  const contacts = listOf(field(value, 'contacts')).map(objectOf);
  const byUserId = new Map(contacts.map((each) => [field(each, 'user_id'), each]));
  return {
    recipientAt: (index) => contacts[index],
    writerOf: (message) => {
      if (contacts.length === 1) return contacts[0];
      const userId = textOf(field(message, 'from_user_id'));
      return userId === undefined ? undefined : byUserId.get(userId);
    },
  };
}
