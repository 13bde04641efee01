import { describe, expect, it } from '@jest/globals';
import type { Conversation } from '../api/answers.ts';
import { mergeConversations } from './merge-conversations.ts';

function conversation(phoneNumber: string, second: number): Conversation {
  const lastTime = new Date(second * 1_000).toISOString();
  return { phoneNumber, lastTime, lastDirection: 'inbound', lastText: '', messages: 1 };
}

const numbersOf = (list: readonly Conversation[]): string[] => list.map(({ phoneNumber }) => phoneNumber);

describe('mergeConversations', () => {
  const known = [conversation('+2', 2), conversation('+1', 1)];

  it('puts what changed where its newest text belongs, each number once', () => {
    const merged = mergeConversations(known, [conversation('+1', 3), conversation('+3', 0)], 10);
    expect(numbersOf(merged)).toEqual(['+1', '+2', '+3']);
  });

  it('keeps no more than it may, the newest', () => {
    expect(numbersOf(mergeConversations(known, [conversation('+3', 3)], 2))).toEqual(['+3', '+2']);
  });
});
