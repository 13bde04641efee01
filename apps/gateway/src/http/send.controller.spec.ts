import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ResultEvent } from '@parley/contracts';
import { ScriptedEndpoint, until } from '@parley/testing';
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { answerBeforeBody } from './early-answer-under-test.ts';
import type { GatewaySetup } from '../gateway-under-test.ts';

const ALICE = '+15550001234';
const BOB = '+447400123456';

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
});

afterEach(async () => {
  await provider.close();
  await gateway.stop();
});

async function start(setup: Omit<GatewaySetup, 'provider'> = {}): Promise<void> {
  gateway = await GatewayUnderTest.start({ provider, ...setup });
}

function text(body: string, phoneNumber = ALICE): object {
  return { phoneNumber, message: { type: 'text', text: { body } } };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | null;
}

async function post(body: unknown, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${gateway.url}/v1/conversational/send`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...init,
  });
  const { status, headers } = response;
  return { status, body: await response.json(), retryAfter: headers.get('retry-after') };
}

describe('POST /v1/conversational/send', () => {
  it('answers one key per message, in order, as the provider does', async () => {
    await start();
    provider.follow(({ messages }) => ({
      status: 200,
      body: { keys: messages.map(({ body }) => `whatsapp-${body}`) },
    }));
    expect(await post({ messages: [text('one'), text('two', BOB), text('three')] })).toEqual({
      status: 200,
      body: { keys: ['whatsapp-one', 'whatsapp-two', 'whatsapp-three'] },
      retryAfter: null,
    });
    await until('the result events', () => gateway.bus.on(gateway.topics.result).length === 3);
    const events = gateway.events<ResultEvent>(gateway.topics.result);
    expect(events.map(({ source }) => source)).toEqual(['http', 'http', 'http']);
  });

  it.each([
    ['no content type', undefined],
    ['a malformed content type', 'json'],
    ['another content type', 'text/plain; charset=utf-8'],
  ])('takes a body with %s', async (_name, contentType) => {
    await start();
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const answer = await rawPost(JSON.stringify({ messages: [text('one')] }), headers);
    expect(answer.status).toBe(200);
    expect(provider.bodies).toEqual(['one']);
  });

  describe('refuses with 400 and code 2001', () => {
    it.each([
      ['what is not JSON', Buffer.from('{"messages":')],
      ['nothing', Buffer.alloc(0)],
      ['what is not UTF-8', Buffer.from('{"messages":[{"a":"\xff"}]}', 'latin1')],
    ])('%s', async (_name, body) => {
      await start();
      expect(await post(undefined, { body: new Uint8Array(body) })).toMatchObject({
        status: 400,
        body: { error: { code: '2001' } },
      });
    });
  });

  describe('refuses with 400 and code 2002, naming field and rule, and sends nothing', () => {
    const invalid: [string, object, string][] = [
      ['no messages', { messages: [] }, 'messages'],
      [
        'one bad message among good ones',
        { messages: [text('one'), text('two', '555')] },
        'messages[1].phoneNumber',
      ],
      [
        'a number of a length that does not exist',
        { messages: [text('one', '+4912')] },
        'messages[0].phoneNumber',
      ],
      ['an empty body', { messages: [text('')] }, 'messages[0].message.text.body'],
      ['half of a surrogate pair', { messages: [text('\ud83d')] }, 'messages[0].message.text.body'],
      ['a sender number', { messages: [text('one')], from: '+15550009999' }, 'from'],
      ['1,001 messages', { messages: Array(1001).fill(text('one')) }, 'messages'],
    ];
    it.each(invalid)('%s', async (_name, body, field) => {
      await start();
      const answer = await post(body);
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 2002 }, errorCode: '2002' } });
      expect((answer.body as { errors: string }).errors).toMatch(
        new RegExp(`Key: '${field.replace(/[[\].]/g, '\\$&')}' .* failed: (must|is) `),
      );
      expect(provider.requests).toEqual([]);
    });
  });

  describe('with callers configured', () => {
    const TOKEN = 'token-of-the-shop';
    const tokenSha256 = createHash('sha256').update(TOKEN).digest('hex');
    const setup = {
      variables: { CALLERS_FILE: '/callers.json', ACCOUNTS_FILE: '/accounts.json' },
      files: {
        '/callers.json': JSON.stringify({ callers: [{ name: 'shop', tokenSha256, accounts: ['second'] }] }),
        '/accounts.json': JSON.stringify({ accounts: [{ name: 'second', authKey: 'INS.second-account' }] }),
      },
    };

    it('sends with the account of the caller whose token the key header holds', async () => {
      await start(setup);
      const headers = { 'x-ins-auth-key': TOKEN };
      expect(await post({ messages: [text('one')] }, { headers })).toMatchObject({ status: 200 });
      expect(provider.requests[0]?.headers['x-ins-auth-key']).toBe('INS.second-account');
    });

    it('answers 401 before a large body is sent', async () => {
      await start(setup);
      const announced = await answerBeforeBody(gateway.url, '/v1/conversational/send', {
        'content-length': 20 * 1024 * 1024,
      });
      expect(announced).toMatchObject({ status: 401, body: { message: 'unauthorized' } });
    });

    it.each([{}, { 'x-ins-auth-key': 'token-of-nobody' }, { authorization: `Bearer ${TOKEN}` }])(
      'answers 401 as the provider does, with headers %j',
      async (headers) => {
        await start(setup);
        expect(await post({ messages: [text('one')] }, { headers })).toEqual({
          status: 401,
          body: { message: 'unauthorized' },
          retryAfter: null,
        });
        expect(provider.requests).toEqual([]);
      },
    );
  });

  it('answers 207 when messages ended differently, with a key or an error for each', async () => {
    await start();
    provider.follow((request) =>
      request.messages.some(({ body }) => body === 'refuse me')
        ? { status: 400, body: { error: { code: 2002, message: 'no' } } }
        : provider.accept(request),
    );
    expect(await post({ messages: [text('one'), text('refuse me'), text('three')] })).toMatchObject({
      status: 207,
      body: {
        keys: [expect.stringMatching(/^whatsapp-/), null, expect.stringMatching(/^whatsapp-/)],
        errors: [{ field: 'messages[1]', error: { code: '2002' } }],
      },
    });
  });

  it('answers 503 and when to come back while the account is refused', async () => {
    await start();
    provider.follow(() => ({ status: 401 }));
    for (const nth of ['the request that finds out', 'the next']) {
      const { status, retryAfter, body } = await post({ messages: [text('one')] });
      expect([nth, status]).toEqual([nth, 503]);
      // A second until the next probe, and up to a third of it more, so that not all come back at once.
      expect(['1', '2']).toContain(retryAfter);
      expect(body).toMatchObject({ error: { code: 'PROVIDER_UNAUTHORIZED' } });
    }
    expect(provider.requests).toHaveLength(1);
  });

  it('answers 429 as the provider does, and when to come back, when the queue is full', async () => {
    await start({ overrides: { maxMessages: 1 } });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    provider.follow(async (request) => {
      await released;
      return provider.accept(request);
    });
    const first = post({ messages: [text('one')] });
    await until('the first request', () => provider.requests.length === 1);
    expect(await post({ messages: [text('two')] })).toEqual({
      status: 429,
      body: { message: 'Too Many Requests', status: 429 },
      retryAfter: '1',
    });
    release();
    expect(await first).toMatchObject({ status: 200 });
  });

  it('answers 504 when nobody knows whether it was sent, where that is to be reported', async () => {
    await start({ variables: { AMBIGUOUS_SENDS: 'report' } });
    provider.follow(() => ({ status: 500 }));
    expect(await post({ messages: [text('one')] })).toMatchObject({
      status: 504,
      body: { error: { code: 'OUTCOME_UNKNOWN' } },
    });
    expect(provider.requests).toHaveLength(1);
  });

  it('answers 504 also when a repetition was surely not sent: 503 and a delay would ask for another one', async () => {
    await start();
    provider.follow(() => ({ status: provider.requests.length === 1 ? 504 : 503 }));
    const answer = post({ messages: [text('one')] });
    await until('the repetition', () => provider.requests.length === 2);
    await gateway.stop();
    expect(await answer).toMatchObject({
      status: 504,
      body: { error: { code: 'OUTCOME_UNKNOWN' } },
      retryAfter: null,
    });
  });

  it('never writes afterwards what a client that hung up had asked for', async () => {
    await start();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    provider.follow(async (request) => {
      await released;
      return provider.accept(request);
    });
    const first = post({ messages: [text('first')] });
    await until('the first request', () => provider.requests.length === 1);
    const hangUp = new AbortController();
    const second = post({ messages: [text('unwanted')] }, { signal: hangUp.signal }).catch(() => 'gone');
    await until('the second to wait', () => gateway.messagesWaiting === 2);
    hangUp.abort();
    await until('the second to be given up', () => gateway.messagesWaiting === 1);
    const last = post({ messages: [text('last')] });
    release();
    await Promise.all([first, second, last]);
    expect(provider.bodies).toEqual(['first', 'last']);
  });
});

/** Without the headers that fetch adds by itself. */
function rawPost(body: string, headers: Record<string, string>): Promise<{ status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${gateway.url}/v1/conversational/send`, { method: 'POST', headers });
    request.on('error', reject).on('response', (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode }));
    });
    request.end(body);
  });
}
