import { describe, expect, it } from '@jest/globals';
import { REASONS } from '@parley/sender';
import { faultsOfMessage, propertyRuns } from '@parley/testing';
import { mutatedJson } from '@parley/testing/mutated-json';
import fc from 'fast-check';
import { readSendEvent } from './mapping.ts';

const RUNS = propertyRuns(20_000);
const MAX_SENTENCES = 25;
const DEFAULTS = { ambiguousSends: 'resend', nowMs: Date.UTC(2030, 0, 1) } as const;

const EVENTS = [
  { messageId: 'order-4711', phoneNumber: '+15550001234', text: { body: 'Hello' } },
  {
    messageId: 'order-4712:confirmation',
    account: 'shop',
    phoneNumber: '+15550001234',
    text: { body: 'Hello 👋, see https://example.com', previewUrl: true },
    expireTime: '2030-01-31T12:00:00.5+02:00',
    ambiguousSends: 'report',
    metadata: { order: '4712', empty: '' },
    unknownField: [{ a: 1 }],
  },
];

/** Valid events in which something went wrong. */
const mutated = mutatedJson(fc.constantFrom(...EVENTS), { atMost: 2 }).map((event) =>
  JSON.stringify(event ?? null),
);

const cut = fc
  .tuple(fc.constantFrom(...EVENTS), fc.nat({ max: 100 }))
  .map(([event, length]) => JSON.stringify(event).slice(0, length));

const value = fc.oneof(
  { weight: 14, arbitrary: mutated.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: cut.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: mutated.map((text) => Buffer.from(text, 'utf16le')) },
  { weight: 1, arbitrary: fc.constant(null) },
);

describe(`readSendEvent, over ${RUNS.toLocaleString('en')} values that no one would produce on purpose`, () => {
  it('reads each as a valid message or says in fixed sentences what is wrong, and quotes none', () => {
    const sentences = new Set<string>();
    const seen = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(value, (each) => {
        const reading = readSendEvent(each, DEFAULTS);
        seen[reading.kind]++;
        if (reading.kind === 'valid') {
          const [fault] = faultsOfMessage(reading.message);
          if (fault !== undefined) throw new Error(fault);
          return;
        }
        if (!Object.hasOwn(REASONS, reading.reason)) throw new Error('a reason that is none');
        // Of what was given, a sentence may tell a length.
        for (const sentence of reading.message.split('; ')) sentences.add(sentence.replace(/\d+/g, '#'));
      }),
      { numRuns: RUNS },
    );
    // A sentence that quoted a record would be another one with each.
    expect(sentences.size).toBeLessThanOrEqual(MAX_SENTENCES);
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 100);
  }, 60_000);
});

describe('readSendEvent', () => {
  it('gives a record the time that it names, and none of its own to one that names none', () => {
    const times = [...EVENTS, { ...EVENTS[0], expireTime: null }].map((event) => {
      const reading = readSendEvent(Buffer.from(JSON.stringify(event)), DEFAULTS);
      return reading.kind === 'valid' && reading.message.expireTimeMs;
    });
    expect(times).toEqual([Infinity, Date.UTC(2030, 0, 31, 10, 0, 0, 500), Infinity]);
  });
});
