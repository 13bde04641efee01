import type { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import type { Conversation } from '../messages/conversations.ts';
import { textOf, timeOf } from '../messages/entry.ts';
import type { Entry } from '../messages/entry.ts';
import type { ConversationAnswer, EntryAnswer } from './answers.ts';

const LAST_TEXT_CHARACTERS = 120;

export function conversationAnswer(
  { phoneNumber, newest, size }: Conversation,
  windows: CustomerServiceWindows,
): ConversationAnswer {
  const lastStatus = newest.direction === 'outbound' ? newest.message.statuses.at(-1)?.status : undefined;
  const windowClosesTime = windows.closesTime(phoneNumber);
  return {
    phoneNumber,
    lastTime: timeOf(newest),
    lastDirection: newest.direction,
    lastText: beginningOf(textOf(newest)),
    messages: size,
    ...(lastStatus !== undefined && { lastStatus }),
    ...(windowClosesTime !== undefined && { windowClosesTime }),
  };
}

export function entryAnswer(entry: Entry): EntryAnswer {
  return entry.direction === 'outbound' ? { outbound: entry.message } : { inbound: entry.message };
}

// A character outside the basic plane is two units of the string, and half of one shows as a replacement.
function beginningOf(text: string): string {
  const cut = text.slice(0, LAST_TEXT_CHARACTERS);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
