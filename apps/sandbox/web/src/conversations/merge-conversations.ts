import type { Conversation } from '../api/answers.ts';

/** Newest first, as the sandbox lists them; beyond `max` the oldest are left out. */
export function mergeConversations(
  known: readonly Conversation[],
  changed: readonly Conversation[],
  max: number,
): readonly Conversation[] {
  const byNumber = new Map(known.map((conversation) => [conversation.phoneNumber, conversation]));
  for (const conversation of changed) byNumber.set(conversation.phoneNumber, conversation);
  return [...byNumber.values()]
    .sort((one, other) => Date.parse(other.lastTime) - Date.parse(one.lastTime))
    .slice(0, max);
}
