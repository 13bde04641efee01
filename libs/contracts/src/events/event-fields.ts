import { Type } from 'typebox';
import type { TEnum, TString, TUnsafe } from 'typebox';

/*
 * Fields that several events have. The words used are those that mean the same in draft-07 and 2020-12 of JSON Schema:
 * AsyncAPI reads the one, most generators of types the other.
 */

export const messageId: TString = Type.String({
  description:
    'The caller’s id of the message, and its idempotency key within the account: 1 to 128 characters out of letters, digits and ._:-',
  pattern: '^[A-Za-z0-9._:-]{1,128}$',
});

export const account: TString = Type.String({ description: 'Name of the provider account.', minLength: 1 });

/** The gateway asks more of a number that it sends to: a length that exists in the number's country. */
export const E164 = '^\\+[1-9][0-9]{6,14}$';

export function phoneNumber(description: string): TString {
  return Type.String({ description, pattern: E164 });
}

export const metadata: TUnsafe<Readonly<Record<string, string>>> = Type.Unsafe({
  description:
    'What the caller attached to the message, returned in its events. At most 16 entries, keys of 1 to 64 bytes, values of at most 256 bytes, in UTF-8.',
  type: 'object',
  maxProperties: 16,
  // The bounds are bytes, these are characters: never stricter.
  propertyNames: { minLength: 1, maxLength: 64 },
  additionalProperties: { type: 'string', maxLength: 256 },
});

/** A moment as we write it. Fractions of a second may be left out. */
export function utcTime(description: string): TString {
  return Type.String({ description: `${description} RFC 3339 in UTC.`, format: 'date-time', pattern: 'Z$' });
}

/** A closed list: what is not in it is no event of ours. */
export function oneOf<Values extends string[]>(
  values: readonly [...Values],
  description: string,
): TEnum<Values> {
  return Type.Enum(values, { type: 'string', description });
}

export const provider: TUnsafe<object> = Type.Unsafe({
  description:
    'The provider’s own object that the event was read from, as a JSON parser reads it; of a callback that tells several things, the part that tells this one. Its shape is the provider’s. `{ "omittedBytes": n }` in its place when it is too large for a record.',
  type: 'object',
});
