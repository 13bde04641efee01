import type { Message } from 'kafkajs';

const DEPTH = 100_000;
/** Almost as much as a broker takes by default, with room for the story that a dead letter tells. */
const LARGE_BYTES = 1_000_000;
const HEADER_BYTES = 100_000;
const MANY_HEADERS = 20_000;

/** What the gateway can send, as the value of a record. */
export interface SendableValue {
  readonly messageId: string;
  readonly account: string;
  readonly phoneNumber: string;
  readonly text: { readonly body: string };
}

export interface Poison {
  readonly name: string;
  readonly message: Message;
  /** Of its dead letter. */
  readonly reason: string;
}

/** Records that nobody can read or send; all but the first few are JSON. `valid` makes a value that nothing is wrong with. */
export function poisons(valid: () => SendableValue): readonly Poison[] {
  const json = (value: unknown): string => JSON.stringify(value);
  const values: readonly (readonly [name: string, reason: string, value: Message['value']])[] = [
    ['tombstone', 'RECORD_INVALID', null],
    ['no bytes', 'RECORD_INVALID', Buffer.alloc(0)],
    ['invalid UTF-8', 'RECORD_INVALID', Buffer.from([0x7b, 0xff, 0x00, 0xfe, 0x09, 0x7d])],
    ['invalid UTF-8 in a body', 'RECORD_INVALID', withByte(json(valid()), 0xff)],
    ['truncated JSON', 'RECORD_INVALID', json(valid()).slice(0, -1)],
    ['text behind the JSON', 'RECORD_INVALID', `${json(valid())}}`],
    ['1 MB of text', 'RECORD_INVALID', 'x'.repeat(LARGE_BYTES)],
    ['1 MB of body', 'BODY_TOO_LONG', json({ ...valid(), text: { body: 'x'.repeat(LARGE_BYTES - 500) } })],
    ['arrays, deep', 'RECORD_INVALID', '['.repeat(DEPTH) + ']'.repeat(DEPTH)],
    ['objects, deep', 'MESSAGE_ID_INVALID', deepObject(DEPTH)],
    ['deep and cut off', 'RECORD_INVALID', '{"a":'.repeat(DEPTH)],
    [
      'deep metadata',
      'METADATA_INVALID',
      json(valid()).replace(/}$/, `,"metadata":{"a":${deepObject(DEPTH)}}}`),
    ],
    ['__proto__ as the message', 'MESSAGE_ID_INVALID', `{"__proto__":${json(valid())}}`],
    [
      '__proto__ as the text',
      'BODY_EMPTY',
      `{"__proto__":{"text":{"body":"x"}},${json({ ...valid(), text: undefined }).slice(1)}`,
    ],
    ['constructor', 'MESSAGE_ID_INVALID', `{"constructor":{"prototype":${json(valid())}}}`],
    ['null', 'RECORD_INVALID', 'null'],
    ['an array', 'RECORD_INVALID', json([valid()])],
    ['a text', 'RECORD_INVALID', json(json(valid()))],
    ['another schema', 'MESSAGE_ID_INVALID', json({ id: 1, to: '+14155550101', body: 'x' })],
    ['a number for an id', 'MESSAGE_ID_INVALID', json({ ...valid(), messageId: 1 })],
    ['a local number', 'PHONE_NUMBER_INVALID', json({ ...valid(), phoneNumber: '04155550101' })],
    ['half a surrogate', 'BODY_INVALID', json({ ...valid(), text: { body: '\ud800' } })],
    ['a text for a moment', 'EXPIRE_TIME_INVALID', json({ ...valid(), expireTime: 'tomorrow' })],
    ['another policy', 'AMBIGUOUS_SENDS_INVALID', json({ ...valid(), ambiguousSends: 'never' })],
    ['an object for an account', 'ACCOUNT_UNKNOWN', json({ ...valid(), account: {} })],
    ['an account that is not there', 'ACCOUNT_UNKNOWN', json({ ...valid(), account: 'nobody' })],
  ];
  return [
    ...values.map(([name, reason, value]) => ({ name, reason, message: { key: `poison ${name}`, value } })),
    ...odd().map(({ name, ...message }) => ({
      name,
      reason: 'RECORD_INVALID',
      message: { key: null, value: '{', ...message },
    })),
  ];
}

/** What surrounds a value may be as odd as the value. */
function odd(): readonly (Partial<Message> & { readonly name: string })[] {
  return [
    { name: 'no key' },
    { name: 'a key that is not text', key: Buffer.from([0xff, 0x00]) },
    { name: 'a huge header', headers: { huge: Buffer.alloc(HEADER_BYTES, 1) } },
    {
      name: 'a repeated header',
      headers: { again: [Buffer.from('1'), Buffer.from([0xff]), Buffer.from('1')] },
    },
    {
      name: 'many headers',
      headers: Object.fromEntries(Array.from({ length: MANY_HEADERS }, (_, nth) => [`h${nth}`, 'x'])),
    },
    {
      name: 'a header called __proto__',
      headers: JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>,
    },
    {
      name: 'headers of CloudEvents that lie',
      headers: { ce_specversion: '9', 'content-type': 'image/png', traceparent: 'none' },
    },
  ];
}

function deepObject(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

/** The last byte of the body replaced. */
function withByte(text: string, byte: number): Buffer {
  const bytes = Buffer.from(text);
  bytes[text.lastIndexOf('"') - 1] = byte;
  return bytes;
}
