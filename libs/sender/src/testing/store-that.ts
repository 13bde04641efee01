import type { MessageStore } from '../message-store.ts';

/** A message store that does the same whatever it is asked. */
export function storeThat(answers: () => Promise<never>): MessageStore {
  return {
    claim: answers,
    settle: answers,
    release: answers,
    abandon: answers,
    findByKeys: answers,
    findById: answers,
  };
}
