import { field, objectOf } from '../json-value.ts';
import { E164, MAX_BODY_CHARACTERS } from '../send/insider-message.ts';
import type { InsiderMessage } from '../send/insider-message.ts';

export type ParsedSendRequest =
  | {
      readonly kind: 'ok';
      readonly messages: readonly InsiderMessage[];
      /** The sender number, for accounts that have several. */
      readonly from?: string;
    }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[] };

/** A field by its path, such as `messages[0].message.text.body`, and the rule it breaks. */
export interface Violation {
  readonly field: string;
  readonly rule: string;
}

/** What Insider's page leaves open about a body. */
export interface BodyRules {
  /** What its 4096 characters are counted in. @default 'utf-16' */
  readonly bodyCountedIn?: 'utf-16' | 'code-points';
  /** What happens to one of white space alone. @default 'taken' */
  readonly blankBody?: 'taken' | 'refused';
}

/** Further violations are not looked for: who sent a hundred wrong messages is helped by the first few. */
export const MAX_VIOLATIONS = 20;

/**
 * Reads the body of a send request as the documented endpoint does: one wrong message makes the whole request
 * invalid, fields it does not know are ignored. Takes any JSON value and never throws.
 */
export function parseSendRequest(body: unknown, bodyRules: BodyRules = {}): ParsedSendRequest {
  const violations: Violation[] = [];
  const messages: InsiderMessage[] = [];

  const root = objectOf(body);
  const list = field(root, 'messages');
  if (root === undefined) violations.push({ field: '', rule: 'must be an object' });
  else if (!Array.isArray(list) || list.length === 0)
    violations.push({ field: 'messages', rule: 'must be an array of 1 or more messages' });
  else
    for (const [index, item] of list.entries()) {
      const message = readMessage(item, new MessageFields(`messages[${index}]`, violations), bodyRules);
      if (message !== undefined) messages.push(message);
      if (violations.length >= MAX_VIOLATIONS) break;
    }

  const from = field(root, 'from');
  if (from !== undefined && typeof from !== 'string')
    violations.push({ field: 'from', rule: 'must be a string' });

  if (violations.length > 0) return { kind: 'invalid', violations: violations.slice(0, MAX_VIOLATIONS) };
  return { kind: 'ok', messages, ...(typeof from === 'string' && { from }) };
}

function readMessage(
  item: unknown,
  fields: MessageFields,
  { bodyCountedIn = 'utf-16', blankBody = 'taken' }: BodyRules,
): InsiderMessage | undefined {
  const root = fields.object(item, '');
  if (root === undefined) return undefined;
  const phoneNumber = fields.check(root, '.phoneNumber', isE164, 'must be an E.164 number with a leading +');

  const message = fields.object(field(root, 'message'), '.message');
  if (message === undefined) return undefined;
  const type = fields.check(message, '.message.type', isText, 'must be "text"');

  const text = fields.object(field(message, 'text'), '.message.text');
  if (text === undefined) return undefined;
  const body = fields.check(
    text,
    '.message.text.body',
    bodyCountedIn === 'utf-16' ? isBody : isBodyOfCodePoints,
    `must be 1 to ${MAX_BODY_CHARACTERS} characters`,
  );
  if (blankBody === 'refused' && body !== undefined && isBlank(body))
    fields.violate('.message.text.body', 'must not be blank');
  const preview = fields.check(text, '.message.text.preview_url', isOptionalBoolean, 'must be a boolean');

  if (phoneNumber === undefined || type === undefined || body === undefined) return undefined;
  return {
    phoneNumber,
    message: { type, text: { body, ...(preview !== undefined && { preview_url: preview }) } },
  };
}

/** The fields of one message: a value is either taken as valid, or its path noted with the rule it breaks. */
class MessageFields {
  readonly #path: string;
  readonly #violations: Violation[];

  constructor(path: string, violations: Violation[]) {
    this.#path = path;
    this.#violations = violations;
  }

  object(value: unknown, suffix: string): Readonly<Record<string, unknown>> | undefined {
    const object = objectOf(value);
    if (object === undefined) this.violate(suffix, 'must be an object');
    return object;
  }

  /** The property that ends the path. */
  check<T>(
    object: Readonly<Record<string, unknown>>,
    suffix: string,
    isValid: (value: unknown) => value is T,
    rule: string,
  ): T | undefined {
    const value = field(object, suffix.slice(suffix.lastIndexOf('.') + 1));
    if (isValid(value)) return value;
    this.violate(suffix, rule);
    return undefined;
  }

  violate(suffix: string, rule: string): void {
    this.#violations.push({ field: `${this.#path}${suffix}`, rule });
  }
}

function isE164(value: unknown): value is string {
  return typeof value === 'string' && E164.test(value);
}

function isText(value: unknown): value is 'text' {
  return value === 'text';
}

function isBody(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= MAX_BODY_CHARACTERS;
}

function isBodyOfCodePoints(value: unknown): value is string {
  if (isBody(value)) return true;
  if (typeof value !== 'string' || value.length < 1 || value.length > 2 * MAX_BODY_CHARACTERS) return false;
  return Array.from(value).length <= MAX_BODY_CHARACTERS;
}

function isBlank(body: string): boolean {
  return body.trim() === '';
}

function isOptionalBoolean(value: unknown): value is boolean | undefined {
  return value === undefined || typeof value === 'boolean';
}
