import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { validationErrorBody } from './endpoint-errors.ts';
import { MAX_VIOLATIONS, parseSendRequest } from './parse-send-request.ts';
import type { BodyRules } from './parse-send-request.ts';

function message(text: object = { body: 'hi' }, phoneNumber: unknown = '+15550001234'): object {
  return { phoneNumber, message: { type: 'text', text } };
}

function fieldsOf(body: unknown): readonly string[] {
  const parsed = parseSendRequest(body);
  return parsed.kind === 'ok' ? [] : parsed.violations.map(({ field }) => field);
}

describe('parseSendRequest', () => {
  it('takes what the endpoint documents, and drops what it does not know', () => {
    const body = {
      from: '+15550009999',
      other: 1,
      messages: [message({ body: 'hi', preview_url: true, more: 1 }), message()],
    };
    expect(parseSendRequest(body)).toEqual({
      kind: 'ok',
      from: '+15550009999',
      messages: [message({ body: 'hi', preview_url: true }), message()],
    });
  });

  it('takes 1 and 4096 characters, and no others', () => {
    expect(fieldsOf({ messages: [message({ body: 'x' }), message({ body: 'x'.repeat(4096) })] })).toEqual([]);
    expect(fieldsOf({ messages: [message({ body: '' }), message({ body: 'x'.repeat(4097) })] })).toEqual([
      'messages[0].message.text.body',
      'messages[1].message.text.body',
    ]);
  });

  it('counts code points where it is told to, and white space alone as blank', () => {
    const parse = (body: string, rules?: BodyRules): string =>
      parseSendRequest({ messages: [message({ body })] }, rules).kind;
    expect(parse('😀'.repeat(2_049))).toBe('invalid');
    expect(parse('😀'.repeat(4_096), { bodyCountedIn: 'code-points' })).toBe('ok');
    expect(parse('😀'.repeat(4_097), { bodyCountedIn: 'code-points' })).toBe('invalid');
    expect(parse(`x${'😀'.repeat(4_096)}`, { bodyCountedIn: 'code-points' })).toBe('invalid');
    expect(parse(' \n\u00a0')).toBe('ok');
    expect(parse(' \n\u00a0', { blankBody: 'refused' })).toBe('invalid');
    expect(parse(' x ', { blankBody: 'refused' })).toBe('ok');
  });

  it.each([
    [undefined, ['']],
    [null, ['']],
    ['text', ['']],
    [[message()], ['']],
    [{}, ['messages']],
    [{ messages: [] }, ['messages']],
    [{ messages: {} }, ['messages']],
    [{ messages: [null] }, ['messages[0]']],
    [{ messages: [{}] }, ['messages[0].phoneNumber', 'messages[0].message']],
    [
      { messages: [message(), { phoneNumber: '+15550001234', message: { type: 'image' } }] },
      ['messages[1].message.type', 'messages[1].message.text'],
    ],
    [{ messages: [message({})] }, ['messages[0].message.text.body']],
    [{ messages: [message({ body: 1 })] }, ['messages[0].message.text.body']],
    [{ messages: [message({ body: 'x', preview_url: 'true' })] }, ['messages[0].message.text.preview_url']],
    [{ messages: [message()], from: 1 }, ['from']],
  ])('names the fields of %j', (body, expected) => {
    expect(fieldsOf(body)).toEqual(expected);
  });

  it.each([
    '15550001234',
    '+0555000123',
    '+1555 000 1234',
    '+1',
    `+${'1'.repeat(16)}`,
    '',
    15550001234,
    null,
  ])('wants E.164, not %p', (phoneNumber) => {
    expect(fieldsOf({ messages: [message({ body: 'x' }, phoneNumber)] })).toEqual([
      'messages[0].phoneNumber',
    ]);
  });

  it('looks at own properties only', () => {
    const inherited: unknown = JSON.parse('{"__proto__":{"messages":[]},"constructor":1}');
    expect(fieldsOf(inherited)).toEqual(['messages']);
    expect(fieldsOf(Object.create({ messages: [message()] }))).toEqual(['messages']);
  });

  it('stops after a bounded number of violations', () => {
    expect(fieldsOf({ messages: Array.from({ length: 100_000 }, () => ({})) })).toHaveLength(MAX_VIOLATIONS);
  });

  it('never throws', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`);
    expect(parseSendRequest({ messages: [deep] })).toMatchObject({ kind: 'invalid' });
    const runs = { numRuns: propertyRuns() };
    fc.assert(
      fc.property(fc.anything(), (body) => void parseSendRequest(body)),
      runs,
    );
    fc.assert(
      fc.property(fc.array(fc.anything()), (messages) => void parseSendRequest({ messages })),
      runs,
    );
  });
});

describe('validationErrorBody', () => {
  it('has the documented shape and names field and rule', () => {
    const parsed = parseSendRequest({ messages: [message({ body: '' })] });
    expect(validationErrorBody(parsed.kind === 'invalid' ? parsed.violations : [])).toEqual({
      error: { code: 2002, message: 'failed to validate request' },
      errorCode: '2002',
      errors:
        "failed to validate request. | ErrorCode: 2002  | Parameters: map[] | Error: Key: 'messages[0].message.text.body' Error:Field validation for 'body' failed: must be 1 to 4096 characters",
      message: 'failed to validate request',
    });
  });
});
