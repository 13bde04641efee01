import { afterEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { Configuration } from '../configuration/configuration.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { MessageStore } from '../messages/message-store.ts';
import type { ReceivedRequest } from '../requests/received-request.ts';
import { RequestLog } from '../requests/request-log.ts';
import { createSandbox } from '../sandbox.ts';
import { Settings } from '../settings/settings.ts';

const KEY = 'INS.secret-1234';
const USER = '+15550001234';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly json: unknown;
}

let sandbox: NestFastifyApplication;
afterEach(() => sandbox.close());

async function start(options: Partial<Configuration & Settings> = {}): Promise<void> {
  sandbox = await createSandbox(
    Object.assign(new Configuration(), { authKey: KEY, ...options }),
    Object.assign(new Settings(), { enforceWindow: false, ...options }),
  );
  await sandbox.init();
  await sandbox.getHttpAdapter().getInstance().ready();
}

function message(body = 'hello', more: object = {}): object {
  return { phoneNumber: USER, message: { type: 'text', text: { body } }, ...more };
}

interface Call {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'OPTIONS';
  readonly body?: unknown;
  /** Undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress?: string;
}

async function send({
  method = 'POST',
  body = { messages: [message()] },
  headers = {},
  remoteAddress = '127.0.0.1',
}: Call = {}): Promise<Answer> {
  const all = { 'user-agent': 'test', 'x-ins-auth-key': KEY, 'content-type': 'application/json', ...headers };
  const given = Object.entries<string | undefined>(all).filter(([, value]) => value !== undefined);
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const answer = await sandbox.inject({
    method,
    url: '/v1/conversational/send',
    headers: Object.fromEntries(given) as Record<string, string>,
    remoteAddress,
    ...(method === 'POST' && { payload }),
  });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    json:
      String(answer.headers['content-type']).startsWith('application/json') && answer.body !== ''
        ? answer.json()
        : undefined,
  };
}

function lastKept(): ReceivedRequest {
  const [request] = sandbox.get(RequestLog, { strict: false }).latest({ limit: 1, refused: false });
  if (request === undefined) throw new Error('no request is kept');
  return request;
}

function taken(): number {
  return sandbox.get(MessageStore, { strict: false }).total;
}

describe('the order of the checks', () => {
  it('is edge, method, address, key, content type, rate limit, body', async () => {
    await start({ allowedNetworks: ['10.0.0.0/8'], contentType: 'json', rateLimitPerSecond: 1 });
    const wrong: Call = {
      method: 'GET',
      headers: { 'user-agent': 'Java/1.8.0', 'x-ins-auth-key': 'INS.other', 'content-type': 'text/plain' },
      body: '{',
    };
    const steps: readonly (readonly [object, number])[] = [
      [{}, 403],
      [{ headers: { ...wrong.headers, 'user-agent': 'test' } }, 405],
      [{ method: 'POST' }, 403],
      [{ remoteAddress: '10.1.2.3' }, 401],
      [{ headers: { 'content-type': 'text/plain' } }, 400],
      [{ headers: {} }, 400],
      [{ body: undefined }, 429],
    ];
    let call = wrong;
    for (const [step, status] of steps) {
      call = { ...call, ...step };
      expect(await send(call)).toMatchObject({ status });
    }
    expect(taken()).toBe(0);
  });

  it('counts only what gets past it against the rate limit', async () => {
    await start({ rateLimitPerSecond: 1 });
    for (const headers of [{ 'user-agent': '' }, { 'x-ins-auth-key': 'INS.other' }]) await send({ headers });
    expect(await send()).toMatchObject({ status: 200 });
    expect(await send()).toMatchObject({ status: 429 });
  });
});

describe('the edge', () => {
  it.each(['', ' ', 'java/17', 'JAVA-HTTP-CLIENT/21'])('blocks the agent %p', async (agent) => {
    await start();
    expect(await send({ headers: { 'user-agent': agent } })).toMatchObject({
      status: 403,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    });
  });

  it('blocks the agents that are configured, and no others', async () => {
    await start({ blockedUserAgents: ['curl/'] });
    expect(await send({ headers: { 'user-agent': 'curl/8.0' } })).toMatchObject({ status: 403 });
    expect(await send({ headers: { 'user-agent': 'Java/1.8.0' } })).toMatchObject({ status: 200 });
  });
});

describe('the method', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'] as const)('%s is not allowed, and POST is named', async (method) => {
    await start();
    expect(await send({ method })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('the address', () => {
  it.each([
    ['10.1.2.3', 200],
    ['::ffff:10.1.2.3', 200],
    ['192.0.2.7', 200],
    ['192.0.2.8', 403],
    ['2001:db8::5', 200],
    ['2001:db9::5', 403],
  ])('%s is answered %d', async (remoteAddress, status) => {
    await start({ allowedNetworks: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'] });
    expect(await send({ remoteAddress })).toMatchObject({
      status,
      json:
        status === 200 ? {} : { message: 'ip-restricted', error: { message: 'ip-restricted', code: 1088 } },
    });
  });
});

describe('the key', () => {
  it.each([undefined, '', 'INS.secret-1235', 'INS.secret-12345', KEY.toLowerCase()])(
    'is wrong when it is %p',
    async (key) => {
      await start();
      expect(await send({ headers: { 'x-ins-auth-key': key } })).toMatchObject({
        status: 401,
        json: { message: 'unauthorized' },
      });
    },
  );
});

describe('the settings', () => {
  it.each(['text/plain', undefined, 'application/jsonx'])(
    'contentType takes any, or JSON and not %p',
    async (type) => {
      await start();
      expect(await send({ headers: { 'content-type': type } })).toMatchObject({ status: 200 });
      await sandbox.close();
      await start({ contentType: 'json' });
      expect(await send({ headers: { 'content-type': type } })).toMatchObject({
        status: 400,
        json: { message: 'content type must be application/json' },
      });
      expect(await send({ headers: { 'content-type': 'Application/JSON; charset=utf-8' } })).toMatchObject({
        status: 200,
      });
    },
  );

  it.each([
    ['message', { message: 'Too Many Requests', status: 429 }],
    ['error', { error: 'rejected: too many requests' }],
    ['errors', { errors: [{ message: 'rate limit exceeded' }] }],
  ] as const)('throttledBody %s and retryAfterSeconds make the 429', async (throttledBody, json) => {
    await start({ throttledBody, retryAfterSeconds: 7, rateLimitPerSecond: 1 });
    await send();
    expect(await send()).toMatchObject({ status: 429, headers: { 'retry-after': '7' }, json });
  });

  it('retryAfterSeconds 0 sends none', async () => {
    await start({ rateLimitPerSecond: 1 });
    await send();
    expect((await send()).headers).not.toHaveProperty('retry-after');
  });

  it('bodyCountedIn tells how many emoji are 4096 characters', async () => {
    const emoji = (count: number): Call => ({ body: { messages: [message('😀'.repeat(count))] } });
    await start();
    expect(await send(emoji(2_048))).toMatchObject({ status: 200 });
    expect(await send(emoji(2_049))).toMatchObject({ status: 400 });
    await sandbox.close();
    await start({ bodyCountedIn: 'code-points' });
    expect(await send(emoji(4_096))).toMatchObject({ status: 200 });
    expect(await send(emoji(4_097))).toMatchObject({ status: 400, json: { errorCode: '2002' } });
  });

  it('blankBody tells whether white space is a text', async () => {
    const blank = { body: { messages: [message(' \n\u00a0')] } };
    await start();
    expect(await send(blank)).toMatchObject({ status: 200 });
    await sandbox.close();
    await start({ blankBody: 'refused', invalidStatus: 422 });
    expect(await send(blank)).toMatchObject({
      status: 422,
      json: { errors: expect.stringContaining('must not be blank') },
    });
  });

  it('maxMessagesPerRequest and successStatus hold', async () => {
    await start({ maxMessagesPerRequest: 2, successStatus: 202 });
    const messages = [message(), message(), message()];
    expect(await send({ body: { messages } })).toMatchObject({
      status: 400,
      json: { error: { code: 2002 }, errors: expect.stringContaining('must be at most 2 messages') },
    });
    expect(await send({ body: { messages: messages.slice(1) } })).toMatchObject({ status: 202 });
    expect(taken()).toBe(2);
  });

  it('closedWindow answers with WhatsApp’s error while any recipient’s window is closed', async () => {
    await start({ enforceWindow: true, closedWindow: 'answer' });
    expect(await send()).toMatchObject({
      status: 400,
      json: { error: { code: 131047, message: '(#131047) Re-engagement message', type: 'OAuthException' } },
    });
    expect(taken()).toBe(0);
    sandbox.get(CustomerServiceWindows, { strict: false }).open(USER);
    expect(await send()).toMatchObject({ status: 200 });
  });

  it('requestCallback decides whether a callback of the request has to be a URL', async () => {
    const body = { messages: [message()], callback: 'ftp://example.com' };
    await start();
    expect(await send({ body })).toMatchObject({ status: 400, json: { errorCode: '2002' } });
    await sandbox.close();
    await start({ requestCallback: 'ignored' });
    expect(await send({ body })).toMatchObject({ status: 200 });
  });
});

describe('a body', () => {
  it.each([
    ['invalid UTF-8', Buffer.from('7b22ff227d', 'hex')],
    ['cut off', '{"messages":'],
    ['empty', ''],
  ])('that is %s cannot be decoded', async (_what, body) => {
    await start();
    expect(await send({ body })).toMatchObject({ status: 400, json: { error: { code: '2001' } } });
  });

  it('names its sender number', async () => {
    await start();
    await send({ body: { from: '+15550009999', messages: [message()] } });
    const [kept] = sandbox.get(MessageStore, { strict: false }).find({ limit: 1 });
    expect(kept).toMatchObject({ from: '+15550009999', requestId: lastKept().id });
  });
});

describe('every request', () => {
  it('is kept with its answer and the keys of its messages', async () => {
    await start();
    const body = { messages: [message(), message('ç')] };
    const { json } = await send({ body });
    expect(lastKept()).toEqual({
      id: expect.any(String),
      time: expect.any(Date),
      method: 'POST',
      path: '/v1/conversational/send',
      remoteAddress: '127.0.0.1',
      headers: expect.objectContaining({ 'content-type': 'application/json' }),
      body: JSON.stringify(body),
      bodyBytes: Buffer.byteLength(JSON.stringify(body)),
      status: 200,
      answer: JSON.stringify(json),
      keys: (json as { keys: readonly string[] }).keys,
    });
  });

  it('is kept when it is refused, too', async () => {
    await start();
    await send({ headers: { 'user-agent': '' } });
    expect(lastKept()).toMatchObject({ status: 403, answer: expect.stringContaining('<html'), keys: [] });
    await send({ method: 'GET' });
    expect(lastKept()).toMatchObject({ method: 'GET', status: 405, body: '', bodyBytes: 0 });
    await send({ body: 'hello' });
    expect(lastKept()).toMatchObject({ status: 400, body: 'hello', bodyBytes: 5 });
  });
});
