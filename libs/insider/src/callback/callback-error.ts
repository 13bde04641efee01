import { field, objectOf, textOf } from '../json-value.ts';
import type { CallbackError } from './callback-event.ts';
import { wordsOf } from './meta-fields.ts';

const MAX_CODE_CHARACTERS = 32;
const MAX_ERROR_CHARACTERS = 1_000;

/** Meta's error object, which the provider forwards; of a text alone, the title. */
export function errorOf(value: unknown): CallbackError {
  const error = objectOf(value);
  const data = objectOf(field(error, 'error_data'));
  const message = textOf(field(error, 'title')) ?? textOf(field(error, 'message')) ?? textOf(value) ?? '';
  return {
    code: codeOf(field(error, 'code')),
    // Meta's synchronous errors repeat the code in front of the title: "(#131047) Re-engagement message".
    title: wordsOf(message.replace(/^\(#\d+\)\s*/, ''), MAX_ERROR_CHARACTERS) ?? '',
    details: wordsOf(field(data, 'details') ?? field(error, 'details'), MAX_ERROR_CHARACTERS) ?? '',
  };
}

/** A number in the provider's first version and in Meta's errors, a string in its second. */
function codeOf(code: unknown): string {
  if (Number.isSafeInteger(code)) return String(code);
  return wordsOf(code, MAX_CODE_CHARACTERS) ?? 'unknown';
}
