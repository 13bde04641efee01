import { FAULT_CATALOGUE } from './fault-catalogue.ts';
import type { FaultName } from './fault-rule.ts';

/** A fault that a text asks for, with Meta's code where it names one. */
export interface Magic {
  readonly fault: FaultName;
  readonly code?: number;
}

/**
 * What a text asks for by its recipient or by words in it, the recipient first: see {@link FAULT_CATALOGUE}. A word
 * that names no fault is a word like any other.
 */
export function magicOf(phoneNumber: string, body: string): readonly Magic[] {
  const ofRecipient = BY_RECIPIENT.get(phoneNumber);
  // Texts with magic in them are rare, and each of thousands a second is asked.
  if (!body.includes(MARK)) return ofRecipient ?? NONE;
  const ofWords = [...body.matchAll(WORD)].map(([, name = '', code]) => magicWord(name, code));
  return [...(ofRecipient ?? NONE), ...ofWords.filter((magic) => magic !== undefined)];
}

const NONE: readonly Magic[] = [];
const MARK = '#sandbox:';

// What follows must not go on with the name: "#sandbox:hanging" is no "hang".
const WORD = /#sandbox:([a-z-]*[a-z])(?:=(\d{1,6}))?(?![\w=-])/g;

const BY_RECIPIENT: ReadonlyMap<string, readonly Magic[]> = new Map(
  FAULT_CATALOGUE.map(({ fault, magicRecipient }) => [magicRecipient, [{ fault }]]),
);

const BY_NAME: ReadonlyMap<string, FaultName> = new Map(
  FAULT_CATALOGUE.map(({ fault }) => [fault as string, fault]),
);

function magicWord(name: string, code: string | undefined): Magic | undefined {
  const fault = BY_NAME.get(name);
  if (fault === undefined) return undefined;
  if (code === undefined) return { fault };
  return fault === 'fails' ? { fault, code: Number(code) } : undefined;
}
