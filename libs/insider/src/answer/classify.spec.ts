import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import type { Exchange } from '../send/exchange.ts';
import { classify } from './classify.ts';
import { MAX_RETRY_AFTER_MS } from './retry-after.ts';

const CONTEXT = { messageCount: 2, nowMs: Date.parse('2026-11-22T10:00:00Z') };

type Response = Extract<Exchange, { kind: 'response' }>;

function respond(
  status: number,
  body?: unknown,
  headers: Partial<Pick<Response, 'retryAfter' | 'date'>> = {},
): ReturnType<typeof classify> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return classify(
    { kind: 'response', status, ...(body !== undefined && { body: text }), ...headers },
    CONTEXT,
  );
}

describe('classify', () => {
  describe('accepts exactly one textual key per message', () => {
    it.each([200, 201, 202])('with status %d', (status) => {
      expect(respond(status, { keys: ['whatsapp-1', 'whatsapp-2'] })).toEqual({
        kind: 'accepted',
        keys: ['whatsapp-1', 'whatsapp-2'],
      });
    });

    it.each([
      ['too few', { keys: ['whatsapp-1'] }],
      ['too many', { keys: ['a', 'b', 'c'] }],
      ['too many of which enough are textual', { keys: ['a', 'b', 3] }],
      ['none', { keys: [] }],
      ['numbers', { keys: [1, 2] }],
      ['an empty one', { keys: ['a', ''] }],
      ['null', { keys: null }],
      ['an object', { keys: { 0: 'a', 1: 'b', length: 2 } }],
      ['left out', {}],
      ['an array at the root', ['a', 'b']],
      ['truncated JSON', '{"keys":["whatsapp-1","what'],
      ['nested', { keys: [['a', 'b']] }],
      ['nested deeper', { data: { keys: ['a', 'b'] } }],
      ['null within', { keys: ['a', null] }],
      ['one text', { keys: 'a, b' }],
      ['under another name', { key: 'a' }],
      ['the SMS host’s partial acceptance', { messageIds: [{ messageSid: 'a' }], errors: [{ field: 'x' }] }],
      ['HTML', '<html>ok</html>'],
      ['nothing', ''],
      ['no readable body', undefined],
    ])('and calls a 200 with keys that are %s ambiguous', (_name, body) => {
      expect(respond(200, body)).toMatchObject({ kind: 'ambiguous' });
    });
  });

  describe('goes by the provider’s code, whatever the status and wherever the code stands', () => {
    const shapes = {
      'error.code as number': (code: number) => ({ error: { code, message: 'x' } }),
      'error.code as text': (code: number) => ({ message: 'x', error: { message: 'x', code: String(code) } }),
      errorCode: (code: number) => ({ errorCode: String(code), errors: 'x | y', message: 'x' }),
      'code at the root': (code: number) => ({ code, detail: 'x' }),
      'errors[].code': (code: number) => ({ errors: [{ message: 'x', code }] }),
    };
    const codes = [
      [1088, { kind: 'account-refused', reason: 'ip-restricted' }],
      [2001, { kind: 'message-refused' }],
      [2002, { kind: 'message-refused' }],
      [2003, { kind: 'ambiguous' }],
      [2020, { kind: 'unavailable' }],
      [20030, { kind: 'message-refused' }],
      [20031, { kind: 'account-refused', reason: 'quota' }],
    ] as const;
    for (const [name, shape] of Object.entries(shapes))
      for (const [code, expected] of codes)
        it.each([200, 400, 403, 500, 503])(`${name} ${code} with status %d`, (status) => {
          expect(respond(status, shape(code))).toMatchObject({ ...expected, providerCode: String(code) });
        });
  });

  it.each([
    [400, { kind: 'message-refused' }],
    [413, { kind: 'message-refused' }],
    [422, { kind: 'message-refused' }],
    [401, { kind: 'account-refused', reason: 'unauthorized' }],
    [402, { kind: 'account-refused', reason: 'quota' }],
    [403, { kind: 'account-refused', reason: 'blocked' }],
    [404, { kind: 'account-refused', reason: 'blocked' }],
    [405, { kind: 'account-refused', reason: 'blocked' }],
    [301, { kind: 'account-refused', reason: 'blocked' }],
    [302, { kind: 'account-refused', reason: 'blocked' }],
    [307, { kind: 'account-refused', reason: 'blocked' }],
    [308, { kind: 'account-refused', reason: 'blocked' }],
    [303, { kind: 'ambiguous' }],
    [408, { kind: 'unavailable' }],
    [429, { kind: 'throttled' }],
    [500, { kind: 'ambiguous' }],
    [502, { kind: 'unavailable' }],
    [503, { kind: 'unavailable' }],
    [504, { kind: 'ambiguous' }],
    [520, { kind: 'unavailable' }],
    [521, { kind: 'unavailable' }],
    [522, { kind: 'ambiguous' }],
    [524, { kind: 'ambiguous' }],
    [511, { kind: 'account-refused', reason: 'blocked' }],
    [501, { kind: 'account-refused', reason: 'blocked' }],
    [409, { kind: 'ambiguous' }],
  ])('goes by the status %d when the body says nothing it knows', (status, expected) => {
    for (const body of ['', 'error code: 1020', '{"message":', { detail: 'x' }, { errors: ['x'] }, undefined])
      expect(respond(status, body)).toMatchObject(expected);
  });

  it.each([
    [429, { message: 'Too Many Requests', status: 429 }],
    [429, { error: 'rejected: too many requests' }],
    [429, { errors: [{ message: 'rate limit exceeded' }] }],
    [403, { message: 'Too many attempts, please slow down. 30 Requests/minute' }],
    [403, { errors: 'rate limit exceeded' }],
    [403, { errors: ['too many requests'] }],
  ])('sees a throttle in a %d with %j', (status, body) => {
    expect(respond(status, body)).toMatchObject({ kind: 'throttled' });
  });

  it('sees the IP restriction in a 403 without its code', () => {
    expect(respond(403, { message: 'ip-restricted' })).toMatchObject({ reason: 'ip-restricted' });
  });

  it('names the field of the documented validation error', () => {
    const errors =
      "failed to validate request. | ErrorCode: 2002  | Parameters: map[] | Error: Key: 'SubProductMessages.Messages' Error:Field validation for 'Messages' failed on the 'required' tag";
    expect(respond(400, { error: { code: 2002, message: 'x' }, errorCode: '2002', errors })).toEqual({
      kind: 'message-refused',
      message: 'The provider refused the content of a message (HTTP 400, field Messages).',
      providerCode: '2002',
    });
  });

  it('hands a Retry-After on with a throttle and with an outage', () => {
    expect(respond(429, '', { retryAfter: '3' })).toMatchObject({ kind: 'throttled', retryAfterMs: 3000 });
    expect(respond(503, '', { retryAfter: '3' })).toMatchObject({ kind: 'unavailable', retryAfterMs: 3000 });
  });

  it('tells a failure before the write from one after it', () => {
    const failure = { kind: 'failure', code: 'ECONNRESET' } as const;
    expect(classify({ ...failure, written: false }, CONTEXT)).toEqual({
      kind: 'unavailable',
      message: 'The request could not be written (ECONNRESET).',
    });
    expect(classify({ ...failure, written: true }, CONTEXT)).toEqual({
      kind: 'ambiguous',
      message: 'The request was written and never answered (ECONNRESET).',
    });
    expect(classify({ kind: 'cancelled' }, CONTEXT)).toEqual({ kind: 'cancelled' });
  });

  it('never repeats what the provider echoed', () => {
    const echo = 'INS.canary-key canary text +15550001234';
    for (const status of [200, 302, 400, 401, 403, 404, 429, 500, 503]) {
      for (const body of [
        echo,
        { message: echo, error: echo, errors: echo, detail: echo },
        { message: echo, error: { message: echo, code: '15550001234' }, errors: [echo, { message: echo }] },
        { errors: `Field validation for '${echo}' failed`, errorCode: echo },
      ]) {
        const text = JSON.stringify(respond(status, body));
        expect(text).not.toMatch(/canary|5550001234/);
        expect(text.length).toBeLessThan(250);
      }
    }
  });

  it('takes a key given twice for two: as many messages were taken', () => {
    expect(respond(200, { keys: ['a', 'a'] })).toEqual({ kind: 'accepted', keys: ['a', 'a'] });
  });

  it.each([200, 207, 400, 403, 429, 503])(
    'a %d that has keys beside an error may have sent some',
    (status) => {
      const body = { keys: ['a'], error: { code: 2002, message: 'failed to validate request' } };
      expect(respond(status, body)).toMatchObject({ kind: 'ambiguous' });
    },
  );

  it.each([199, 300, 400, 429, 500, 503])('takes no keys for accepted that come with a %d', (status) => {
    expect(respond(status, { keys: ['a', 'b'] })).toMatchObject({ kind: 'ambiguous' });
  });

  it.each(['Messages', 'PhoneNumber', 'Message', 'Type', 'Text', 'Body', 'PreviewUrl', 'From'])(
    'names %s when it is blamed',
    (name) => {
      expect(respond(400, { errors: [{ message: 'x', field: name }] })).toMatchObject({
        message: expect.stringContaining(`, field ${name})`),
      });
    },
  );

  it('goes by the code it knows when another one stands before it', () => {
    const body = { code: 400, error: { code: 1088, message: 'x' } };
    expect(respond(400, body)).toMatchObject({ reason: 'ip-restricted', providerCode: '1088' });
  });

  it.each([
    [400, '<html>The plain HTTP request was sent to HTTPS port</html>', 'account-refused'],
    [400, '\uFEFF <!DOCTYPE html>', 'account-refused'],
    [400, { message: '<b>' }, 'message-refused'],
    [413, '<html>too large</html>', 'message-refused'],
    [403, '<html>too many requests</html>', 'account-refused'],
  ])('tells an edge’s page from the API’s answer: %d %j', (status, body, kind) => {
    expect(respond(status, body)).toMatchObject({ kind });
  });

  it.each([
    [429, { errors: [{ message: 'maximum attempts exceeded', field: 'code' }] }, 'message-refused'],
    [429, { errors: [{ message: 'maximum attempts exceeded' }] }, 'throttled'],
    [429, { errors: [{ message: 'rate limit exceeded', field: 'code' }] }, 'throttled'],
    [500, { errors: [{ message: 'channel already exists' }] }, 'ambiguous'],
    [500, { errors: [{ message: 'server error' }] }, 'ambiguous'],
    [409, { errors: [{ message: 'no changes detected' }] }, 'ambiguous'],
  ])('reads the words where a %d misleads: %j', (status, body, kind) => {
    expect(respond(status, body)).toMatchObject({ kind });
  });

  it('names a field only in its own words', () => {
    const refused = (name: string): unknown =>
      respond(400, { errors: [{ message: 'This field is required', field: name }] });
    expect(refused('messages[1].phone_number')).toMatchObject({
      message: expect.stringContaining(', field PhoneNumber)'),
    });
    expect(refused('canary')).not.toMatchObject({ message: expect.stringContaining('field') });
  });

  it('says in words of its own what each status, code and page means', () => {
    const known = [1088, 2001, 2002, 2003, 2020, 20030, 20031, 80007, 130429, 131016, 131057, 133004];
    const ofAccounts = [131005, 131031, 131037, 131045, 133010, 131042, 131048, 131064, 134011];
    const answers = [
      ...Array.from({ length: 900 }, (_, index) => respond(100 + index, '')),
      ...[...known, ...ofAccounts].map((code) => respond(400, { code })),
      respond(200, { keys: [1, 2, 3] }),
      respond(400, '<html>'),
      respond(403, { message: 'ip-restricted' }),
      classify({ kind: 'failure', written: true }, CONTEXT),
      classify({ kind: 'failure', written: false }, CONTEXT),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ message: expect.stringMatching(OWN_WORDS) });
  });

  it('has one answer of a closed set for any exchange, keys only as many as messages, and repeats nothing', () => {
    // Every part that the provider words is built around one of these, and none of this side's sentences has them.
    const canary = fc.constantFrom('INS.canary', '+15550001234', 'whatsapp-canary', 'Zqx');
    const text = fc.oneof(
      canary,
      canary.map((word) => `Field validation for '${word}' failed`),
      fc.string(),
    );
    const key = fc.oneof(canary, fc.constantFrom('', null, 3, ['a']));
    const error = fc.record(
      {
        message: text,
        code: fc.oneof(fc.integer(), text, fc.constantFrom(...CODES)),
        field: text,
        detail: text,
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      fc
        .record(
          {
            keys: fc.oneof(fc.array(key, { maxLength: 4 }), fc.jsonValue()),
            message: text,
            error: fc.oneof(error, text),
            errorCode: fc.oneof(text, fc.constantFrom(...CODES)),
            errors: fc.oneof(text, fc.array(fc.oneof(text, error, fc.jsonValue()), { maxLength: 4 })),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
      fc.json(),
      text,
      fc.uint8Array().map((bytes) => new TextDecoder().decode(bytes)),
      fc.constant(undefined),
    );
    const exchange: fc.Arbitrary<Exchange> = fc.oneof(
      { weight: 9, arbitrary: response(body, text) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('failure' as const), written: fc.boolean() }),
      },
    );
    fc.assert(
      fc.property(exchange, fc.integer({ min: 1, max: 3 }), (ended, messageCount) => {
        const answer = classify(ended, { messageCount, nowMs: CONTEXT.nowMs });
        expect(KINDS).toContain(answer.kind);
        if (answer.kind === 'accepted') {
          expect(answer.keys).toHaveLength(messageCount);
          expect(answer.keys.every((given) => typeof given === 'string' && given !== '')).toBe(true);
        } else if (answer.kind !== 'cancelled') {
          expect(answer.message).toMatch(OWN_WORDS);
          expect(answer.message).not.toMatch(/canary|15550001234|Zqx/);
        }
        if ('retryAfterMs' in answer) {
          expect(answer.retryAfterMs).toBeGreaterThanOrEqual(0);
          expect(answer.retryAfterMs).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
        }
      }),
      { numRuns: propertyRuns() },
    );
  });
});

const KINDS = [
  'accepted',
  'message-refused',
  'throttled',
  'unavailable',
  'account-refused',
  'ambiguous',
  'cancelled',
];
const CODES = [1088, '2002', 2003, 2020, '20031', 130429];

// A sentence of this side's letters; the status is the only number in it.
const OWN_WORDS = /^[A-Za-z ,’-]+ \((HTTP \d{3}(, field [A-Za-z]+)?|connection failed)\)\.$/;

function response(
  body: fc.Arbitrary<string | undefined>,
  header: fc.Arbitrary<string>,
): fc.Arbitrary<Exchange> {
  return fc
    .record({
      status: fc.oneof(fc.integer({ min: 100, max: 999 }), fc.constantFrom(200, 400, 403, 429, 503)),
      body,
      retryAfter: fc.oneof(header, fc.nat().map(String), fc.date().map(String)),
      date: header,
    })
    .map(({ body: text, ...head }) => ({
      kind: 'response',
      ...head,
      ...(text !== undefined && { body: text }),
    }));
}
