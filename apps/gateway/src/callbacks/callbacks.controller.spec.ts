import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { InboundEvent, ResultEvent, StatusEvent } from '@parley/contracts';
import { BusError, SpoolingSender } from '@parley/kafka';
import type { LateEnd, Spool } from '@parley/kafka';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { answerBeforeBody } from '../http/early-answer-under-test.ts';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';
import { CallbackReception } from './callback-reception.ts';
import type { Reception } from './callback-reception.ts';

const ALICE = '+15550001234';
const TOKEN = 'token-of-the-provider';
const WAMID = 'wamid.EXAMPLE';
const SENT = { id: WAMID, status: 'sent', timestamp: '1750030073', recipient_id: '15550001234' };
const INBOUND = {
  from: '15550001234',
  id: 'wamid.IN',
  timestamp: '1749416383',
  type: 'text',
  text: { body: 'Hi there' },
};

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
});

afterEach(async () => {
  await provider.close();
  await gateway.stop();
});

async function start(variables: Record<string, string> = {}, callbackWaitMs = 300): Promise<void> {
  gateway = await GatewayUnderTest.start({
    provider,
    variables: { CALLBACK_TOKENS: TOKEN, ...variables },
    overrides: { callbackWaitMs },
  });
}

interface Post {
  readonly headers?: Record<string, string>;
  readonly account?: string;
}

/** The status of the answer. */
async function post(
  body: object | string | Buffer,
  { headers, account = 'default' }: Post = {},
): Promise<number> {
  const response = await fetch(`${gateway.url}/callbacks/insider/${account}`, {
    method: 'POST',
    headers: headers ?? { authorization: `Bearer ${TOKEN}` },
    body:
      typeof body === 'string' ? body : Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** As the provider does, but without its pauses. */
async function postUntilTaken(body: object): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while ((await post(body)) !== 200) if (performance.now() > deadlineMs) throw new Error('was never taken');
}

/** Sends a text through the same gateway, and returns the provider's key for it. */
async function send(messageId: string, metadata: object): Promise<string> {
  const value = JSON.stringify({ messageId, phoneNumber: ALICE, text: { body: 'Hello' }, metadata });
  await gateway.bus.send([{ topic: gateway.topics.send, key: ALICE, value }]);
  await until('the result', () => gateway.bus.on(gateway.topics.result).length > 0);
  return gateway.events<ResultEvent>(gateway.topics.result)[0]?.key ?? '';
}

function statuses(): StatusEvent[] {
  return gateway.events<StatusEvent>(gateway.topics.status);
}

function correlations(): unknown[] {
  return gateway.bus.on(gateway.topics.status).map(({ headers }) => headers?.['ce_correlation']);
}

/** What became of a text to Alice, sent through the same gateway. */
async function outcomeOf(messageId: string): Promise<string | undefined> {
  const value = JSON.stringify({ messageId, phoneNumber: ALICE, text: { body: 'Hello' } });
  await gateway.bus.send([{ topic: gateway.topics.send, key: ALICE, value }]);
  const find = () =>
    gateway.events<ResultEvent>(gateway.topics.result).find((event) => event.messageId === messageId);
  await until('the result', () => find() !== undefined);
  return find()?.outcome;
}

function produced(): number {
  const { status, inbound, quarantine } = gateway.topics;
  return [status, inbound, quarantine].flatMap((topic) => gateway.bus.on(topic)).length;
}

describe('POST /callbacks/insider/{account}', () => {
  describe('takes callbacks only from who presents a token', () => {
    it.each([
      ['none', {}],
      ['a wrong one', { authorization: 'Bearer token-of-nobody' }],
      ['an empty one', { authorization: 'Bearer ' }],
      ['the bare one where Bearer belongs', { authorization: TOKEN }],
      ['the right one in another header', { 'x-token': TOKEN }],
    ])('401 for %s, and no record', async (_name, headers) => {
      await start();
      expect(await post(SENT, { headers: { ...headers } })).toBe(401);
      expect(produced()).toBe(0);
    });

    it('401 for an account that is not configured, like for a wrong token', async () => {
      await start();
      expect(await post(SENT, { account: 'elsewhere' })).toBe(401);
      expect(produced()).toBe(0);
    });

    it('either of two during a rotation', async () => {
      await start({ CALLBACK_TOKENS: 'old-token, new-token' });
      for (const [index, token] of ['old-token', 'new-token'].entries()) {
        const news = { ...SENT, id: `${WAMID}${index}` };
        expect(await post(news, { headers: { authorization: `Bearer ${token}` } })).toBe(200);
      }
      expect(produced()).toBe(2);
    });

    it('bare in the header that is configured', async () => {
      await start({ CALLBACK_TOKEN_HEADER: 'X-Callback-Token' });
      expect(await post(SENT, { headers: { 'x-callback-token': TOKEN } })).toBe(200);
      expect(await post(SENT, { headers: { 'x-callback-token': `Bearer ${TOKEN}` } })).toBe(401);
      expect(await post(SENT, { headers: { authorization: `Bearer ${TOKEN}` } })).toBe(401);
    });
  });

  describe('refuses who presents none by headers alone', () => {
    const LARGE = 20 * 1024 * 1024;
    const announcements: [string, Record<string, string | number>][] = [
      ['large', { 'content-length': LARGE }],
      ['of a size that is not told', { 'transfer-encoding': 'chunked' }],
    ];

    it.each(announcements)('before a body that is %s is sent', async (_name, headers) => {
      await start();
      const { status, answerHeaders, body } = await answerBeforeBody(
        gateway.url,
        '/callbacks/insider/default',
        headers,
      );
      expect(status).toBe(401);
      expect(answerHeaders).toMatchObject({
        connection: 'close',
        'content-type': 'application/json; charset=utf-8',
      });
      expect(body).toEqual({ message: 'Unauthorized', statusCode: 401 });
    });

    it.each(['/callbacks/insider/default/', '/Callbacks/Insider/default', '/nowhere', '/'])(
      'and so who writes to %s, where nobody reads',
      async (path) => {
        await start();
        const { status, body } = await answerBeforeBody(gateway.url, path, { 'content-length': LARGE });
        expect(status).toBe(404);
        expect(body).toEqual({ message: 'Not Found', statusCode: 404 });
      },
    );

    it('lets who writes on do so for a moment, to read that it is refused, and then closes', async () => {
      await start();
      const { hostname, port } = new URL(gateway.url);
      const socket = connect(Number(port), hostname);
      socket.write(
        `POST /callbacks/insider/default HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: ${LARGE}\r\n\r\n`,
      );
      expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1.1 401 /);
      for (let chunk = 0; chunk < 200; chunk += 1) {
        socket.write(Buffer.alloc(100));
        await immediate();
      }
      expect(socket.writable).toBe(true);
      await once(socket, 'end');
      socket.destroy();
    });

    it('and keeps the connection when the body is small', async () => {
      await start();
      const response = await fetch(`${gateway.url}/callbacks/insider/default`, {
        method: 'POST',
        body: JSON.stringify(SENT),
      });
      expect(response.headers.get('connection')).toBe('keep-alive');
      expect(await response.json()).toEqual({ message: 'Unauthorized', statusCode: 401 });
    });

    it.each([
      ['an encoded letter', '/%63allbacks/insider/default', 401],
      ['an encoded account', '/callbacks/insider/defaul%74', 401],
      ['a query', '/callbacks/insider/default?account=default', 401],
      ['no account', '/callbacks/insider/', 401],
      ['the absolute form', 'http://gateway/callbacks/insider/default', 401],
      ['capitals', '/Callbacks/Insider/default', 404],
      ['a slash at the end', '/callbacks/insider/default/', 404],
      ['slashes twice', '//callbacks//insider//default', 404],
      ['a step back', '/callbacks/insider/x/../default', 404],
      ['encoded slashes', '/callbacks%2Finsider%2Fdefault', 404],
    ])('however the path is written: %s', async (_name, path, status) => {
      await start();
      const receiving = jest.spyOn(gateway.app.get(CallbackReception), 'receive');
      const outgoing = request(gateway.url, { method: 'POST', path });
      outgoing.end(JSON.stringify(SENT));
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      response.resume();
      expect(response.statusCode).toBe(status);
      expect(receiving).not.toHaveBeenCalled();
    });

    it('by any method', async () => {
      await start();
      const fastify = gateway.app.getHttpAdapter().getInstance();
      const url = '/callbacks/insider/default';
      const methods = fastify.supportedMethods.filter((method) =>
        fastify.hasRoute({ method, url: url.replace('default', ':account') }),
      );
      expect(methods).toEqual(
        expect.arrayContaining(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']),
      );
      for (const method of methods) {
        const { statusCode } = await fastify.inject({ method: method as 'POST', url, payload: SENT });
        expect({ method, statusCode }).toEqual({ method, statusCode: 401 });
      }
    });
  });

  it('gives a request a minute to come, so that one that stands still gives its place back', async () => {
    await start();
    expect(gateway.app.getHttpServer()).toMatchObject({ requestTimeout: 60_000 });
  });

  it('answers 503 at once to what comes while 2,000 are under way, and looks at none of it', async () => {
    await start();
    const ended = Promise.withResolvers<Reception>();
    const receiving = jest
      .spyOn(gateway.app.get(CallbackReception), 'receive')
      .mockReturnValue(ended.promise);
    const inject = () =>
      gateway.app.inject({
        method: 'POST',
        url: '/callbacks/insider/default',
        headers: { authorization: `Bearer ${TOKEN}` },
        payload: SENT,
      });
    const underWay = Array.from({ length: 2_000 }, inject);
    await until('all are under way', () => receiving.mock.calls.length === underWay.length);
    const refused = await inject();
    expect(refused.statusCode).toBe(503);
    expect(refused.json()).toMatchObject({ message: 'too many at once, send it again' });
    expect(receiving).toHaveBeenCalledTimes(underWay.length);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain('parley_callbacks_total{account="default",outcome="overloaded"} 1');
    const announced = await answerBeforeBody(gateway.url, '/callbacks/insider/default', {
      authorization: `Bearer ${TOKEN}`,
      'content-length': 1_000_000,
    });
    expect(announced.status).toBe(503);
    ended.resolve({ kind: 'durable', events: 1 });
    for (const { statusCode } of await Promise.all(underWay)) expect(statusCode).toBe(200);
    expect((await inject()).statusCode).toBe(200);
  });

  it.each([
    ['announced', { 'content-length': 5 * 1024 * 1024 }],
    ['not announced', { 'transfer-encoding': 'chunked' }],
  ])('answers 413 to a body beyond 4 MiB whose size is %s', async (_name, headers) => {
    await start();
    const outgoing = request(`${gateway.url}/callbacks/insider/default`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    });
    outgoing.on('error', () => undefined);
    const answered = once(outgoing, 'response');
    outgoing.end(Buffer.alloc(5 * 1024 * 1024, ' '));
    const [response] = (await answered) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(413);
    expect(produced()).toBe(0);
  });

  it('brings the accepted shape back with the id and metadata of the message it belongs to', async () => {
    await start();
    const key = await send('order-4711', { order: '4711' });
    const body = {
      messaging_product: 'whatsapp',
      contacts: [{ input: ALICE, wa_id: '15550001234' }],
      messages: [{ id: WAMID }],
      key,
    };
    expect(await post(body)).toBe(200);
    expect(statuses()).toEqual([
      {
        messageId: 'order-4711',
        account: 'default',
        phoneNumber: ALICE,
        key,
        wamid: WAMID,
        status: 'accepted',
        time: expect.stringMatching(/Z$/),
        receivedTime: expect.stringMatching(/Z$/),
        metadata: { order: '4711' },
        provider: body,
      },
    ]);
    expect(gateway.bus.on(gateway.topics.status)).toMatchObject([
      { key: ALICE, headers: { ce_type: 'parley.conversational.status.v1', ce_id: `${key}:accepted` } },
    ]);
  });

  it.each(['sent', 'delivered', 'read'])('brings %s back with the provider’s own time', async (status) => {
    await start();
    const key = await send('a', {});
    expect(await post({ statuses: [{ ...SENT, status }], key })).toBe(200);
    expect(statuses()).toMatchObject([
      { messageId: 'a', key, wamid: WAMID, status, time: '2025-06-15T23:27:53.000Z', metadata: {} },
    ]);
  });

  it('brings the documented error back as failed, with what to do about it', async () => {
    await start();
    const key = await send('a', {});
    const error = {
      message: '(#131047) Re-engagement message',
      code: 131047,
      error_data: { details: 'More than 24 hours have passed.' },
    };
    expect(await post({ error, key })).toBe(200);
    expect(statuses()).toMatchObject([
      {
        messageId: 'a',
        phoneNumber: ALICE,
        status: 'failed',
        error: {
          code: '131047',
          title: 'Re-engagement message',
          details: 'More than 24 hours have passed.',
          retryable: false,
          advice: expect.stringMatching(/./),
        },
      },
    ]);
  });

  it('tells the status of a message that was not sent through here, without inventing an id for it', async () => {
    await start();
    expect(await post({ ...SENT, key: 'whatsapp-elsewhere' })).toBe(200);
    const [status] = statuses();
    expect(status).toMatchObject({ key: 'whatsapp-elsewhere', phoneNumber: ALICE, status: 'sent' });
    expect(status).not.toHaveProperty('messageId');
    expect(status).not.toHaveProperty('metadata');
  });

  it('tells statuses without their messages while the store is away, and that it was once', async () => {
    await start();
    const key = await send('order-4711', {});
    const { messages } = gateway.app.get<Stores>(STORES);
    messages.findByKeys = () => Promise.reject(Object.assign(new Error(key), { code: 'REDIS_AWAY' }));
    expect(await post({ statuses: [SENT, { ...SENT, status: 'read' }], key })).toBe(200);
    expect(statuses()).toMatchObject([
      { key, phoneNumber: ALICE, status: 'sent' },
      { key, phoneNumber: ALICE, status: 'read' },
    ]);
    for (const status of statuses()) expect(status).not.toHaveProperty('messageId');
    const failures = gateway.logLines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ event }) => event === 'store-failed');
    expect(failures).toMatchObject([{ account: 'default', step: 'find', code: 'REDIS_AWAY' }]);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain('parley_store_failures_total{account="default",step="find"} 1');
  });

  it('tells what the user wrote', async () => {
    await start();
    const body = { messaging_product: 'whatsapp', messages: [INBOUND] };
    expect(await post(body)).toBe(200);
    expect(gateway.events<InboundEvent>(gateway.topics.inbound)).toEqual([
      {
        account: 'default',
        phoneNumber: ALICE,
        wamid: 'wamid.IN',
        type: 'text',
        text: 'Hi there',
        time: '2025-06-08T20:59:43.000Z',
        provider: body,
      },
    ]);
    expect(gateway.bus.on(gateway.topics.inbound)).toMatchObject([{ key: ALICE }]);
  });

  describe('tells each thing once', () => {
    it('however often and in whatever company the provider repeats it', async () => {
      await start();
      const key = await send('a', {});
      const sent = { ...SENT, key };
      const read = { ...SENT, key, status: 'read' };
      for (const body of [sent, { statuses: [sent, read, sent] }, sent, read]) {
        expect(await post(body)).toBe(200);
      }
      expect(statuses().map(({ status }) => status)).toEqual(['sent', 'read']);
    });

    it('when two copies come at once', async () => {
      await start();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => post({ ...SENT, key: 'whatsapp-1' })),
      );
      expect(answers).toEqual(Array.from({ length: 10 }, () => 200));
      expect(statuses()).toHaveLength(1);
    });

    it('by its key and by its WhatsApp id, once both have come together', async () => {
      await start();
      const key = await send('a', {});
      await post({ contacts: [{ input: ALICE }], messages: [{ id: WAMID }], key });
      expect(await post({ statuses: [SENT] })).toBe(200);
      expect(await post({ ...SENT, key })).toBe(200);
      expect(statuses()).toMatchObject([
        { status: 'accepted', key, wamid: WAMID },
        { status: 'sent', key, wamid: WAMID, messageId: 'a' },
      ]);
    });

    it('also what the user wrote', async () => {
      await start();
      for (let copy = 0; copy < 3; copy++) expect(await post({ messages: [INBOUND] })).toBe(200);
      expect(gateway.events<InboundEvent>(gateway.topics.inbound)).toHaveLength(1);
    });

    it('and tells it when the first copy could not be made durable', async () => {
      await start();
      gateway.bus.failure = new BusError('UNAVAILABLE', 'The broker is away');
      expect(await post(SENT)).toBe(503);
      gateway.bus.failure = undefined;
      expect(await post(SENT)).toBe(200);
      expect(statuses()).toHaveLength(1);
    });

    it('when a request that nobody answered turns out to be written before the provider comes again', async () => {
      await start();
      const { promise: late, resolve: end } = Promise.withResolvers<LateEnd>();
      gateway.bus.failure = new BusError('TIMEOUT', 'The broker did not answer', { late });
      expect(await post({ ...SENT, key: 'whatsapp-1' })).toBe(503);
      gateway.bus.failure = undefined;
      expect(await post({ ...SENT, key: 'whatsapp-1' })).toBe(503);
      end('written');
      await postUntilTaken({ ...SENT, key: 'whatsapp-1' });
      expect(statuses()).toEqual([]);
    });

    it('and tells it again when nobody can tell whether it was written', async () => {
      await start();
      const late = Promise.resolve<LateEnd>('unknown');
      gateway.bus.failure = new BusError('TIMEOUT', 'The broker did not answer', { late });
      expect(await post({ ...SENT, key: 'whatsapp-1' })).toBe(503);
      gateway.bus.failure = undefined;
      await postUntilTaken({ ...SENT, key: 'whatsapp-1' });
      expect(statuses()).toHaveLength(1);
    });
  });

  it('waits for the answer to a message’s own send when its callback overtakes it', async () => {
    await start({}, 5_000);
    const { messages } = gateway.app.get<Stores>(STORES);
    const asking = jest.spyOn(messages, 'findByKeys');
    provider.follow(async () => {
      void post({ ...SENT, key: 'whatsapp-early' });
      await until('its message was asked for', () => asking.mock.calls.length > 0);
      return { status: 200, body: { keys: ['whatsapp-early'] } };
    });
    await send('order-4711', { order: '4711' });
    await until('the status', () => statuses().length === 1);
    expect(statuses()).toMatchObject([{ messageId: 'order-4711', metadata: { order: '4711' } }]);
    expect(correlations()).toEqual(['matched']);
  });

  it('says of each status whether its message is known, and carries the message’s trace along', async () => {
    await start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const value = JSON.stringify({ messageId: 'a', phoneNumber: ALICE, text: { body: 'Hello' } });
    await gateway.bus.send([{ topic: gateway.topics.send, key: ALICE, value, headers: { traceparent } }]);
    await until('the result', () => gateway.bus.on(gateway.topics.result).length > 0);
    const key = gateway.events<ResultEvent>(gateway.topics.result)[0]?.key;
    await post({ ...SENT, key });
    await post({ ...SENT, id: 'wamid.OTHER', key: 'whatsapp-elsewhere' });
    expect(correlations()).toEqual(['matched', 'unknown']);
    const [known, unknown] = gateway.bus.on(gateway.topics.status);
    expect(known?.headers).toMatchObject({ traceparent });
    expect(unknown?.headers).not.toHaveProperty('traceparent');
    expect(gateway.bus.on(gateway.topics.result)[0]?.headers).toMatchObject({ traceparent });
  });

  describe('knows by callbacks who may be written to', () => {
    const closed = { status: 'failed', errors: [{ code: 131047, title: 'Re-engagement message' }] };
    const at = (secondsAgo: number) => ({ timestamp: String(Math.floor(Date.now() / 1000) - secondsAgo) });

    it('an inbound message opens a window, and error 131047 closes it', async () => {
      await start({ WINDOW_POLICY: 'strict' });
      expect(await outcomeOf('a')).toBe('REJECTED');
      await post({ messages: [{ ...INBOUND, ...at(60) }] });
      expect(await outcomeOf('b')).toBe('ACCEPTED');
      await post({ ...SENT, ...closed, ...at(30), key: 'whatsapp-old' });
      expect(await outcomeOf('c')).toBe('REJECTED');
      await post({ messages: [{ ...INBOUND, id: 'wamid.IN2', ...at(0) }] });
      expect(await outcomeOf('d')).toBe('ACCEPTED');
    });
  });

  it.each(['GET', 'HEAD', 'POST'])(
    'answers 200 to a %s that only asks whether it is there',
    async (method) => {
      await start();
      const headers = { authorization: `Bearer ${TOKEN}` };
      const url = `${gateway.url}/callbacks/insider/default`;
      expect((await fetch(url, { method, headers })).status).toBe(200);
      expect((await fetch(url, { method })).status).toBe(401);
      expect(produced()).toBe(0);
    },
  );

  it('takes no other method', async () => {
    await start();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const url = `${gateway.url}/callbacks/insider/default`;
    const body = JSON.stringify(SENT);
    expect((await fetch(url, { method: 'PUT', headers, body })).status).toBe(405);
    expect((await fetch(url, { method: 'PUT', body })).status).toBe(401);
    expect(produced()).toBe(0);
  });

  it('takes callbacks only from where they are allowed to come from, when that is said', async () => {
    await start({ CALLBACK_ALLOWED_IPS: '203.0.113.0/24', TRUSTED_PROXIES: '127.0.0.1' });
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect(await post(SENT, { headers })).toBe(403);
    expect(await post(SENT, { headers: { ...headers, 'x-forwarded-for': '198.51.100.7' } })).toBe(403);
    expect(produced()).toBe(0);
    expect(await post(SENT, { headers: { ...headers, 'x-forwarded-for': '203.0.113.9' } })).toBe(200);
  });

  it('tells what is larger than a record may be without the provider’s own object', async () => {
    await start();
    expect(await post({ ...SENT, note: 'x'.repeat(1_200_000) })).toBe(200);
    expect(statuses()).toMatchObject([
      { status: 'sent', wamid: WAMID, provider: { omittedBytes: expect.any(Number) } },
    ]);
  });

  describe('keeps what nobody can read, byte for byte, and answers 200', () => {
    it.each([
      ['what is not JSON', Buffer.from('{"statuses":')],
      ['what is not UTF-8', Buffer.from(JSON.stringify({ ...SENT, note: '\xff' }), 'latin1')],
      ['a shape that nobody knows', Buffer.from('{ "news" : "of something" }')],
      [
        'news nested too deeply to be passed on',
        Buffer.from(JSON.stringify(SENT).replace('}', `,"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)),
      ],
    ])('%s', async (_name, body) => {
      await start();
      expect(await post(body)).toBe(200);
      expect(gateway.bus.on(gateway.topics.quarantine)).toEqual([
        {
          topic: gateway.topics.quarantine,
          key: null,
          value: body,
          headers: {
            'quarantine-reason': expect.stringMatching(/./),
            'quarantine-account': 'default',
            'quarantine-time': expect.stringMatching(/Z$/),
          },
        },
      ]);
      expect(produced()).toBe(1);
    });

    it('also what is too large for one record, in parts that stay together and in order', async () => {
      await start();
      const body = Buffer.from(JSON.stringify({ news: 'of something', note: 'x'.repeat(2_000_000) }));
      expect(await post(body)).toBe(200);
      const parts = gateway.bus.on(gateway.topics.quarantine);
      expect(parts.map(({ headers }) => headers?.['quarantine-part'])).toEqual(['1/3', '2/3', '3/3']);
      expect(new Set(parts.map(({ key }) => key))).toEqual(new Set([parts[0]?.headers?.['quarantine-id']]));
      expect(Buffer.concat(parts.map(({ value }) => Buffer.from(value ?? ''))).equals(body)).toBe(true);
    });

    it('as well as the events, when only a part of it could be read', async () => {
      await start();
      const body = Buffer.from(JSON.stringify({ statuses: [SENT, { status: 'read' }] }));
      expect(await post(body)).toBe(200);
      expect(statuses()).toMatchObject([{ status: 'sent', wamid: WAMID }]);
      expect(gateway.bus.on(gateway.topics.quarantine)).toMatchObject([{ value: body }]);
    });
  });

  it('answers 200 without a record to what is understood and wanted by nobody', async () => {
    await start();
    expect(await post({ statuses: [{ ...SENT, status: 'played' }] })).toBe(200);
    expect(produced()).toBe(0);
  });

  it.each([
    ['a status', SENT],
    ['what nobody can read', 'garbage'],
  ])('answers 503 to %s while the bus is away, so that the provider sends it again', async (_name, body) => {
    await start();
    gateway.bus.failure = new BusError('UNAVAILABLE', 'The broker is away');
    expect(await post(body)).toBe(503);
    gateway.bus.failure = undefined;
    expect(await post(body)).toBe(200);
    expect(produced()).toBe(1);
  });

  it.each<[string, Spool]>([
    ['is full', spoolThat(() => Promise.resolve({ kind: 'full' }))],
    ['fails', spoolThat(() => Promise.reject(new Error('away')))],
  ])(
    'answers 503 while the bus is away and the spool %s, remembers nothing, and tells the repetition once',
    async (_how, spool) => {
      await start();
      const status = { ...SENT, key: await send('order-4711', {}) };
      const asking = jest.spyOn(spool, 'append');
      useSpool(spool);
      gateway.bus.failure = new BusError('UNAVAILABLE', 'The broker is away');
      for (let times = 0; times < 2; times += 1) expect(await post(status)).toBe(503);
      expect(asking).toHaveBeenCalledTimes(2);
      gateway.bus.failure = undefined;
      for (let times = 0; times < 2; times += 1) expect(await post(status)).toBe(200);
      expect(statuses()).toHaveLength(1);
    },
  );
});

/** An empty one, which keeps nothing. */
function spoolThat(append: Spool['append']): Spool {
  return {
    append,
    appendBehind: () => Promise.resolve('nothing-waits'),
    doubt: () => Promise.resolve(),
    take: () => Promise.resolve({ kind: 'entries', entries: [], inDoubt: false }),
    remove: () => Promise.resolve(),
    release: () => Promise.resolve(),
    length: () => Promise.resolve(0),
  };
}

/** As if the gateway had it: without Redis it has none. */
function useSpool(spool: Spool): void {
  const spooling = new SpoolingSender({ bus: gateway.bus, spool, onEvent: () => undefined });
  jest
    .spyOn(gateway.app.get(SpoolingSender), 'send')
    .mockImplementation((records, options) => spooling.send(records, options));
}
