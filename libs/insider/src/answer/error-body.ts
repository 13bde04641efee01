import { arrayOf, field, objectOf, parseJson, textOf } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';

/** What an error body of the provider says, whichever of its shapes it has. */
export interface ErrorBody {
  /** The provider's codes, the outermost first: up to six digits, or capitals as in `INVALID_FILE`. */
  readonly codes: readonly string[];
  /** Everything the body says in words. Only for matching: it may echo texts and phone numbers. */
  readonly words: string;
  /** Whether the body blames a field of the request by name. */
  readonly namesField: boolean;
  /** The blamed field when it is one of a send request, spelled here and not by the provider. */
  readonly field?: string;
  /** Whether it is a page for people, as the edge in front of the provider shows. */
  readonly isMarkup: boolean;
}

/**
 * Reads an error body. Shapes seen over the provider's pages: `message`; `error` as an object with a numeric or a
 * textual code, or as a string; `errorCode`; `errors` as a string, an array of strings or an array of objects, which
 * may name a `field`; `detail`; and no JSON at all, from the edge in front of it.
 */
export function readErrorBody(text = ''): ErrorBody {
  const body = objectOf(parseJson(text));
  const errors = arrayOf(field(body, 'errors')).slice(0, MAX_ERRORS);
  const sources = [body, objectOf(field(body, 'error')), ...errors.map(objectOf)];

  const words = [
    ...sources.flatMap((source) => WORD_FIELDS.map((name) => textOf(field(source, name)))),
    ...errors.map(textOf),
  ]
    .filter((candidate) => candidate !== undefined)
    .join(' | ');
  const blamed = sources.map((source) => textOf(field(source, 'field'))).find((name) => name !== undefined);
  const failed = blamed ?? FAILED_FIELD.exec(words)?.[1];
  const known = failed === undefined ? undefined : FIELDS.get(plain(failed));

  return {
    codes: sources.flatMap(codesOf),
    words,
    namesField: failed !== undefined,
    ...(known !== undefined && { field: known }),
    isMarkup: MARKUP.test(text),
  };
}

// As many as messages ever share a request; more would only cost time.
const MAX_ERRORS = 1_000;

const WORD_FIELDS = ['message', 'error', 'errors', 'detail', 'status_message'];

// A code is taken over into logs and events: no more than what a code can be, and nothing as long as a number.
const CODE = /^(\d{1,6}|[A-Z][A-Z_]{1,31})$/;

function codesOf(source: JsonObject | undefined): readonly string[] {
  return [field(source, 'code'), field(source, 'errorCode')]
    .map((code) => (typeof code === 'number' ? String(code) : textOf(code)))
    .filter((code) => code !== undefined && CODE.test(code)) as readonly string[];
}

const FAILED_FIELD = /Field validation for '([A-Za-z_.]{1,64})' failed/;

// Only these are repeated to people: a text or a phone number that is echoed cannot pass for one.
const FIELDS: ReadonlyMap<string, string> = new Map(
  ['Messages', 'PhoneNumber', 'Message', 'Type', 'Text', 'Body', 'PreviewUrl', 'From'].map((name) => [
    plain(name),
    name,
  ]),
);

/** `messages[1].phone_number` and `PhoneNumber` name the same field. */
function plain(name: string): string {
  return name
    .slice(name.lastIndexOf('.') + 1)
    .replaceAll('_', '')
    .toLowerCase();
}

// A byte order mark may come first.
const MARKUP = /^\uFEFF?\s*</;
