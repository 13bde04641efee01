import { readFileSync } from 'node:fs';
import { Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BusError } from '@parley/kafka';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { Calls } from '../grpc/calls-under-test.ts';
import { SpansUnderTest } from './spans-under-test.ts';
import type { SeenSpan } from './spans-under-test.ts';

const ALICE = '+15550001234';
const GIVEN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const UNSAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

const SEND_CALL = 'parley.conversational.v1.ConversationalService/SendConversational';
const SEND_POST = 'POST /v1/conversational/send';
const CALLBACK_POST = 'POST /callbacks/insider/:account';

const spans = new SpansUnderTest(
  new Map([['default', new URL('http://insider.test/v1/conversational/send')]]),
);
/** Of all tests. */
const seen: SeenSpan[] = [];
let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;
let calls: Calls;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
  gateway = await GatewayUnderTest.start({ provider, tracing: spans.tracing });
  calls = new Calls(gateway.grpcUrl);
  spans.ended.length = 0;
});

afterEach(async () => {
  seen.push(...spans.ended);
  calls.close();
  await provider.close();
  await gateway.stop();
});

async function byGrpc(messageIds: readonly string[], traceparent?: string): Promise<void> {
  const metadata = new Metadata();
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  const messages = messageIds.map((messageId, index) => ({
    messageId,
    phoneNumber: `+1555000${1000 + index}`,
    text: { body: 'Hello' },
  }));
  const { promise, resolve } = Promise.withResolvers<void>();
  calls.conversational.sendConversational({ messages }, metadata, {}, () => resolve());
  await promise;
}

async function byHttp(traceparent: string): Promise<void> {
  const body = JSON.stringify({
    messages: [{ phoneNumber: ALICE, message: { type: 'text', text: { body: 'Hello' } } }],
  });
  const headers = { 'content-type': 'application/json', traceparent };
  await fetch(`${gateway.url}/v1/conversational/send`, { method: 'POST', headers, body });
}

async function produce(values: readonly object[], traceparent: string): Promise<void> {
  const { send } = gateway.topics;
  const records = values.map((value) => ({ topic: send, key: ALICE, value: JSON.stringify(value) }));
  await gateway.bus.send(records.map((record) => ({ ...record, headers: { traceparent } })));
}

async function callback(key: string, status: string): Promise<number> {
  const news = { id: `wamid.${key}`, status, timestamp: '1700000000', recipient_id: ALICE.slice(1) };
  const body = JSON.stringify({ messaging_product: 'whatsapp', statuses: [news], key });
  const answer = await fetch(`${gateway.url}/callbacks/insider/default`, { method: 'POST', body });
  await answer.body?.cancel();
  return answer.status;
}

/** The first that ended of that name and kind. */
async function span(name: string, kind?: SeenSpan['kind']): Promise<SeenSpan> {
  const find = () => spans.named(name).find((each) => kind === undefined || each.kind === kind);
  await until(name, () => find() !== undefined);
  const found = find();
  if (!found) throw new Error('unreachable');
  return found;
}

function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

describe('A message', () => {
  it.each([
    ['gRPC', SEND_CALL, 'SERVER', () => byGrpc(['a'], GIVEN)],
    ['HTTP', SEND_POST, 'SERVER', () => byHttp(GIVEN)],
    [
      'Kafka',
      'process whatsapp.conversational.send.v1',
      'CONSUMER',
      () => produce([{ messageId: 'a', phoneNumber: ALICE, text: { body: 'Hello' } }], GIVEN),
    ],
  ] as const)(
    'by %s goes on in its caller’s trace: door, message, batch, request',
    async (_name, door, kind, send) => {
      await send();
      const entered = await span(door, kind);
      expect(entered).toMatchObject({ parent: GIVEN, error: undefined });
      const message = await span('message');
      expect(message).toMatchObject({ parent: entered.traceparent, error: undefined });
      const batch = await span('batch');
      expect(batch).toMatchObject({ parent: message.traceparent, links: [message.traceparent] });
      expect(message.links).toEqual([batch.traceparent]);
      const request = await span(SEND_POST, 'CLIENT');
      expect(request).toMatchObject({ parent: batch.traceparent, error: undefined });
      for (const each of spans.ended) expect(traceIdOf(each.traceparent)).toBe(traceIdOf(GIVEN));
    },
  );

  it('is told of, and its statuses, in its own span’s context', async () => {
    await byGrpc(['a'], GIVEN);
    const message = await span('message');
    expect(await callback('whatsapp-key-1', 'read')).toBe(200);
    const { result, status } = gateway.topics;
    for (const topic of [result, status]) {
      expect(gateway.bus.on(topic).map(({ headers }) => headers?.['traceparent'])).toEqual([
        message.traceparent,
      ]);
    }
  });

  it('tells its id, account, door and outcome, and neither text nor number', async () => {
    await byGrpc(['a'], GIVEN);
    expect((await span('message')).attributes).toEqual({
      'parley.message.id': 'a',
      'parley.account': 'default',
      'parley.source': 'grpc',
      'parley.outcome': 'accepted',
      'parley.attempts': 1,
      'parley.duplicate': false,
    });
    expect(JSON.stringify(spans.ended)).not.toMatch(/Hello|5550/);
  });

  it('begins a trace that is recorded when it came with none', async () => {
    await byGrpc(['a']);
    const entered = await span(SEND_CALL);
    expect(entered.parent).toBeUndefined();
    expect((await span('message')).parent).toBe(entered.traceparent);
    expect(entered.traceparent).toMatch(/-01$/);
  });

  it('of a trace that its caller does not record is not recorded, and goes on in it', async () => {
    await byGrpc(['a'], UNSAMPLED);
    const [record] = gateway.bus.on(gateway.topics.result);
    expect(record?.headers?.['traceparent']).toMatch(new RegExp(`^00-${traceIdOf(UNSAMPLED)}-\\w{16}-00$`));
    expect(spans.ended).toEqual([]);
  });

  it('that the provider refuses says why, and so do its request and its batch', async () => {
    provider.follow(() => ({ status: 400, body: { message: 'no', error: { code: 2002 } } }));
    await byGrpc(['a'], GIVEN);
    expect(await span('message')).toMatchObject({
      error: 'PROVIDER_REJECTED',
      attributes: { 'parley.outcome': 'rejected', 'parley.reason': 'PROVIDER_REJECTED' },
    });
    expect((await span('batch')).attributes).toMatchObject({ 'error.type': 'message-refused' });
    expect(await span(SEND_POST)).toMatchObject({
      error: expect.stringContaining('HTTP 400'),
      attributes: {
        'parley.answer': 'message-refused',
        'url.full': 'http://insider.test/v1/conversational/send',
        'server.address': 'insider.test',
        'server.port': 80,
      },
    });
    // The call itself did its part.
    expect((await span(SEND_CALL)).attributes).toMatchObject({ 'rpc.status_code': 'OK' });
  });
});

describe('A batch', () => {
  it('of several traces is linked to each message, and each to it', async () => {
    const others = [GIVEN, GIVEN.replaceAll('4bf9', '5bf9'), GIVEN.replaceAll('4bf9', '6bf9')];
    // The first goes at once; the others meet while they wait for the next permit.
    await gateway.stop();
    gateway = await GatewayUnderTest.start({
      provider,
      tracing: spans.tracing,
      variables: { INSIDER_RATE_LIMIT_PER_SECOND: '2' },
    });
    calls.close();
    calls = new Calls(gateway.grpcUrl);
    const first = byGrpc(['first'], UNSAMPLED);
    await until('the first', () => provider.requests.length === 1);
    await Promise.all([first, ...others.map((traceparent, index) => byGrpc([`m${index}`], traceparent))]);
    await until('three messages', () => spans.named('message').length === 3);
    const [batch, ...more] = spans.named('batch');
    expect(more).toEqual([]);
    const messages = spans.named('message').map(({ traceparent }) => traceparent);
    expect([...(batch?.links ?? [])].sort()).toEqual(messages.sort());
    expect(messages).toContain(batch?.parent);
    for (const { links } of spans.named('message')) expect(links).toEqual([batch?.traceparent]);
    expect(batch?.attributes).toMatchObject({ 'parley.messages': 3, 'parley.account': 'default' });
  });

  it('begins when its messages were taken and ends with the answer; its request when it was written', async () => {
    provider.follow(async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return provider.accept(request);
    });
    await byGrpc(['a'], GIVEN);
    const [batch, request, message] = await Promise.all(
      ['batch', SEND_POST, 'message'].map((name) => span(name)),
    );
    if (!batch || !request || !message) throw new Error('unreachable');
    expect(request.endMs - request.startMs).toBeGreaterThanOrEqual(49);
    expect(request.startMs).toBeGreaterThanOrEqual(batch.startMs);
    expect(batch.startMs).toBeGreaterThanOrEqual(message.startMs - 0.01);
    expect(message.endMs).toBeGreaterThanOrEqual(batch.endMs);
  });
});

describe('A callback', () => {
  it('is a trace of its own, and its status belongs to the message’s and is linked to it', async () => {
    await byGrpc(['a'], GIVEN);
    const message = await span('message');
    await callback('whatsapp-key-1', 'read');
    const posted = await span(CALLBACK_POST);
    expect(posted).toMatchObject({ parent: undefined, attributes: { 'http.response.status_code': 200 } });
    const status = await span('status read');
    expect(status).toMatchObject({ parent: message.traceparent, links: [posted.traceparent] });
    expect(status.attributes).toEqual({
      'parley.account': 'default',
      'parley.message.id': 'a',
      'parley.status': 'read',
      'parley.correlation': 'matched',
    });
  });

  it('of a message that nobody knows has its status within', async () => {
    await callback('elsewhere', 'sent');
    const posted = await span(CALLBACK_POST);
    expect(await span('status sent')).toMatchObject({ parent: posted.traceparent, links: [] });
  });

  it('that could not be made durable says so', async () => {
    await byGrpc(['a'], GIVEN);
    gateway.bus.failure = new BusError('UNAVAILABLE', 'The broker is away');
    expect(await callback('whatsapp-key-1', 'sent')).toBe(503);
    gateway.bus.failure = undefined;
    expect(await span(CALLBACK_POST)).toMatchObject({ error: '503' });
    expect(await span('status sent')).toMatchObject({ error: 'not-durable' });
  });
});

describe('What does not come through', () => {
  it('says so at its door', async () => {
    await produce([{ messageId: 'a', phoneNumber: '555', text: { body: 'Hello' } }], GIVEN);
    const record = await span('process whatsapp.conversational.send.v1');
    expect(record).toMatchObject({ error: 'PHONE_NUMBER_INVALID', attributes: { 'kafka.offset': 0 } });
    await byGrpc([]);
    const call = await span(SEND_CALL);
    expect(call).toMatchObject({ error: undefined, attributes: { 'rpc.status_code': 'INVALID_ARGUMENT' } });
  });
});

describe('docs/tracing.md', () => {
  it('has every span and attribute that the tests above have seen', () => {
    const page = readFileSync(new URL('../../../../docs/tracing.md', import.meta.url), 'utf8');
    const named = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name));
    const told = seen.flatMap(({ name, attributes }) => [generalOf(name), ...Object.keys(attributes)]);
    expect(told.length).toBeGreaterThan(100);
    expect([...new Set(told)].filter((name) => !named.has(name))).toEqual([]);
  });
});

/** As the page writes a name of which a part is told apart. */
function generalOf(name: string): string {
  return name
    .replace('whatsapp.conversational.send.v1', '<send topic>')
    .replace(/^status .+/, 'status <status>');
}
