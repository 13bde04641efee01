import { describe, expect, it } from '@jest/globals';
import { readMessage } from './message.ts';
import type { MessageDraft } from './message.ts';

const defaults = { account: 'default', ambiguousSends: 'resend', nowMs: Date.UTC(2030, 0, 1) } as const;

function draft(overrides: Partial<MessageDraft> = {}): MessageDraft {
  return { messageId: 'm-1', phoneNumber: '+14155550100', body: 'Hello', ...overrides };
}

describe('readMessage', () => {
  it('fills in what a message leaves out', () => {
    expect(readMessage(draft(), defaults)).toEqual({
      kind: 'valid',
      message: {
        messageId: 'm-1',
        account: 'default',
        phoneNumber: '+14155550100',
        text: { body: 'Hello', previewUrl: false },
        expireTimeMs: Date.UTC(2030, 0, 2),
        ambiguousSends: 'resend',
        metadata: {},
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
      },
    });
  });

  it('keeps the trace that a message came with, and refuses none for a trace that cannot be read', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(readMessage(draft({ traceparent }), defaults)).toMatchObject({ message: { traceparent } });
    expect(readMessage(draft({ traceparent: 'canary' }), defaults)).toMatchObject({
      kind: 'valid',
      message: { traceparent: expect.stringMatching(/^00-/) },
    });
  });

  const valid: [string, Partial<MessageDraft>][] = [
    ['a body of 4096 characters', { body: 'x'.repeat(4096) }],
    ['a body of white space, on which the provider is silent', { body: ' ' }],
    ['an id of 128 characters', { messageId: 'a'.repeat(128) }],
    ['a number of another country', { phoneNumber: '+905301234567' }],
    ['16 entries of metadata at their bounds', { metadata: metadata(16, 'k'.repeat(62), 'v'.repeat(256)) }],
  ];
  it.each(valid)('takes %s', (_, overrides) => {
    expect(readMessage(draft(overrides), defaults).kind).toBe('valid');
  });

  const invalid: [string, Partial<MessageDraft>, string, string][] = [
    ['an empty body', { body: '' }, 'text.body', 'BODY_EMPTY'],
    ['no body', { body: undefined }, 'text.body', 'BODY_EMPTY'],
    ['a body that is no string', { body: 7 }, 'text.body', 'BODY_INVALID'],
    ['a body of 4097 characters', { body: 'x'.repeat(4097) }, 'text.body', 'BODY_TOO_LONG'],
    ['a body with half a surrogate pair', { body: 'x\ud83d' }, 'text.body', 'BODY_INVALID'],
    ['a preview flag that is no boolean', { previewUrl: 'yes' }, 'text.previewUrl', 'BODY_INVALID'],
    ['a number without its plus sign', { phoneNumber: '14155550100' }, 'phoneNumber', 'PHONE_NUMBER_INVALID'],
    ['a number with spaces', { phoneNumber: '+1 415 555 0100' }, 'phoneNumber', 'PHONE_NUMBER_INVALID'],
    [
      'a number too short for its country',
      { phoneNumber: '+1415555010' },
      'phoneNumber',
      'PHONE_NUMBER_INVALID',
    ],
    ['an unknown country code', { phoneNumber: '+9991234567' }, 'phoneNumber', 'PHONE_NUMBER_INVALID'],
    ['no number', { phoneNumber: null }, 'phoneNumber', 'PHONE_NUMBER_INVALID'],
    ['an empty id', { messageId: '' }, 'messageId', 'MESSAGE_ID_INVALID'],
    ['an id with a space', { messageId: 'a b' }, 'messageId', 'MESSAGE_ID_INVALID'],
    ['an expire time that is no moment', { expireTimeMs: NaN }, 'expireTime', 'EXPIRE_TIME_INVALID'],
    ['an unknown policy', { ambiguousSends: 'twice' }, 'ambiguousSends', 'AMBIGUOUS_SENDS_INVALID'],
    ['17 entries of metadata', { metadata: metadata(17, 'k', 'v') }, 'metadata', 'METADATA_INVALID'],
    ['a metadata key over 64 bytes', { metadata: { ['é'.repeat(33)]: '' } }, 'metadata', 'METADATA_INVALID'],
    ['a metadata value over 256 bytes', { metadata: { k: 'é'.repeat(129) } }, 'metadata', 'METADATA_INVALID'],
    ['a metadata value that is no string', { metadata: { k: 1 } }, 'metadata', 'METADATA_INVALID'],
    ['metadata that is no object', { metadata: ['k'] }, 'metadata', 'METADATA_INVALID'],
  ];
  it.each(invalid)('refuses %s, naming the field and the rule', (_, overrides, field, reason) => {
    const reading = readMessage(draft(overrides), defaults);
    expect(reading).toMatchObject({ kind: 'invalid', violations: [{ field, reason }] });
  });

  it('names every broken rule at once', () => {
    const reading = readMessage(draft({ messageId: '', phoneNumber: '', body: '' }), defaults);
    expect(reading.kind === 'invalid' && reading.violations.map(({ field }) => field)).toEqual([
      'messageId',
      'phoneNumber',
      'text.body',
    ]);
  });
});

function metadata(entries: number, keyStem: string, value: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: entries }, (_, index) => [`${keyStem}${index}`, value]));
}
