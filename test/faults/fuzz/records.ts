import { mutatedJson } from '@parley/testing/mutated-json';
import fc from 'fast-check';
import type { Message } from 'kafkajs';

const DEPTH = 2_000;

const mutated = (account: string): fc.Arbitrary<string> => {
  const valid = fc.uuid().map((messageId) => ({
    messageId,
    account,
    phoneNumber: '+15550001234',
    text: { body: 'Hello' },
    metadata: { a: 'b' },
  }));
  return mutatedJson(valid, { atMost: 2 }).map((event) => JSON.stringify(event ?? null));
};

const bytes = fc.uint8Array({ maxLength: 64 }).map((each) => Buffer.from(each));
const name = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'traceparent',
    'ce_id',
    'ce_time',
    'ce_specversion',
    'content-type',
    'dlq-reason',
    'dlq-time',
    '',
    'é',
    '\u0000',
  ),
  fc.string({ maxLength: 12, unit: 'binary' }),
);
const headerValue = fc.oneof(bytes, fc.string({ unit: 'binary' }), fc.array(bytes, { maxLength: 3 }));
/** Made of entries, so that no name is special. */
const headers = fc
  .array(fc.tuple(name, headerValue), { maxLength: 4 })
  .map((entries) => Object.fromEntries(entries) as Message['headers']);

/** Records of the send topic that no one would produce on purpose, among some that are valid. */
export function record(account: string): fc.Arbitrary<Message> {
  const text = mutated(account);
  return fc.record<Message>({
    key: fc.oneof(fc.constantFrom('+15550001234', '', null), bytes, fc.string()),
    value: fc.oneof(
      { weight: 10, arbitrary: text },
      { weight: 1, arbitrary: fc.constant(null) },
      { weight: 2, arbitrary: bytes },
      { weight: 1, arbitrary: text.map((each) => Buffer.from(each, 'utf16le')) },
      { weight: 1, arbitrary: text.map((each) => each.slice(0, -1)) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('['.repeat(DEPTH), `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`),
      },
      { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
    ),
    headers: fc.option(headers, { nil: undefined }),
  });
}
