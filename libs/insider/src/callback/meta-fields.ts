import { textOf } from '../json-value.ts';
import { E164 } from '../send/insider-message.ts';

/** Longer than any id seen by a multiple; short enough for a record's key and headers. */
const MAX_ID_CHARACTERS = 512;

/**
 * The provider's key, or WhatsApp's id of a message. Anything longer than {@link MAX_ID_CHARACTERS}, with control
 * characters or with half a surrogate pair is none: stores and brokers could not tell it from another.
 */
export function idOf(value: unknown): string | undefined {
  const id = textOf(value) ?? textOf(digitsOf(value));
  if (id === undefined || id.length > MAX_ID_CHARACTERS || !id.isWellFormed()) return undefined;
  return /\p{Cc}/u.test(id) ? undefined : id;
}

/** Words for people: cut to `maxCharacters` (UTF-16 units), without halves of surrogate pairs. */
export function wordsOf(value: unknown, maxCharacters: number): string | undefined {
  return textOf(value)?.slice(0, maxCharacters).toWellFormed();
}

/** Meta writes numbers as digits without a plus; anything that is no E.164 number then is left out. */
export function phoneNumberOf(value: unknown): string | undefined {
  const written = typeof value === 'string' ? value.trim() : digitsOf(value);
  const number = `+${written.replace(/^\+/, '').replace(/[\s().-]/g, '')}`;
  return E164.test(number) ? number : undefined;
}

/** Meta writes times as seconds since 1970, in a string. Milliseconds and RFC 3339 are read as well. */
export function timeOf(value: unknown): Date | undefined {
  const written = typeof value === 'string' ? value : digitsOf(value);
  if (/^\d{9,10}$/.test(written)) return new Date(Number(written) * 1000);
  if (/^\d{12,13}$/.test(written)) return new Date(Number(written));
  if (!RFC_3339.test(written)) return undefined;
  const time = new Date(written);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/** Of a whole number that is not negative; empty for anything else. */
function digitsOf(value: unknown): string {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? String(value) : '';
}
