import { arrayOf, field, objectOf, parseJson, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';

/** What an error body of the provider says, whichever of its shapes it has. */
export interface ErrorBody {
  /** The provider's code: up to six digits, or capitals as in `INVALID_FILE`. */
  readonly code?: string;
  /** Everything the body says in words. Only for matching: it may echo texts and phone numbers. */
  readonly words: string;
  /** The field that failed validation, when the body names one. */
  readonly field?: string;
}

/**
 * Reads an error body. Shapes seen over the provider's pages: `message`; `error` as an object with a numeric or a
 * textual code, or as a string; `errorCode`; `errors` as a string, an array of strings or an array of objects;
 * `detail`; and no JSON at all, from the edge in front of it.
 */
export function readErrorBody(text: string | undefined): ErrorBody {
  const body = objectOf(parseJson(text ?? ''));
  const sources = [body, objectOf(field(body, 'error')), ...arrayOf(field(body, 'errors')).map(objectOf)];

  const code = sources.map(codeOf).find((candidate) => candidate !== undefined);
  const words = [
    ...sources.flatMap((source) => WORD_FIELDS.map((name) => textOf(field(source, name)))),
    ...arrayOf(field(body, 'errors')).map(textOf),
  ]
    .filter((candidate) => candidate !== undefined)
    .join(' | ');
  const failed = FAILED_FIELD.exec(words)?.[1];

  return {
    words,
    ...(code !== undefined && { code }),
    ...(failed !== undefined && { field: failed }),
  };
}

const WORD_FIELDS = ['message', 'error', 'errors', 'detail', 'status_message'];

// A code is taken over into logs and events: no more than what a code can be, and nothing as long as a number.
const CODE = /^(\d{1,6}|[A-Z][A-Z_]{1,31})$/;

// Names of struct fields only: letters, so that an echoed phone number cannot pass for one.
const FAILED_FIELD = /Field validation for '([A-Za-z_.]{1,64})' failed/;

function codeOf(source: JsonObject | undefined): string | undefined {
  return [field(source, 'code'), field(source, 'errorCode')]
    .map((code) => (typeof code === 'number' ? String(code) : textOf(code)))
    .find((code) => code !== undefined && CODE.test(code));
}
