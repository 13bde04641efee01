import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InboundEvent, ResultEvent, StatusEvent } from '@parley/contracts';
import { BusError } from '@parley/kafka';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';

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

async function start(variables: Record<string, string> = {}): Promise<void> {
  gateway = await GatewayUnderTest.start({ provider, variables: { CALLBACK_TOKENS: TOKEN, ...variables } });
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
});
