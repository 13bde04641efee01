import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import type { ClientReadableStream } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StatusWatch } from '@parley/delivery';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import type { GatewaySetup } from '../gateway-under-test.ts';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';
import { Calls, failureOf } from './calls-under-test.ts';
import type { WireEvent } from './calls-under-test.ts';

const ALICE = '+15550001234';
const CALLBACK_TOKEN = 'token-of-the-provider';
const CALLER_TOKEN = 'token-of-sales';
const TWO_ACCOUNTS: Omit<GatewaySetup, 'provider'> = {
  variables: { CALLERS_FILE: 'callers.json', ACCOUNTS_FILE: 'accounts.json' },
  files: {
    'accounts.json': JSON.stringify({ accounts: [{ name: 'sales', authKey: 'INS.sales' }] }),
    'callers.json': JSON.stringify({
      callers: [{ name: 'sales', tokenSha256: sha256(CALLER_TOKEN), accounts: ['sales'] }],
    }),
  },
};

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;
let calls: Calls;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
});

afterEach(async () => {
  calls.close();
  await provider.close();
  await gateway.stop();
});

async function start({ variables, ...setup }: Omit<GatewaySetup, 'provider'> = {}): Promise<void> {
  gateway = await GatewayUnderTest.start({
    provider,
    ...setup,
    variables: { CALLBACK_TOKENS: CALLBACK_TOKEN, ...variables },
  });
  calls = new Calls(gateway.grpcUrl);
}

/** The provider's key of a message that was accepted. */
async function send(messageId: string): Promise<string> {
  const message = { messageId, phoneNumber: ALICE, text: { body: 'Hello' }, metadata: { order: '7' } };
  const [result] = await calls.send([message]);
  return result?.key ?? '';
}

async function callback(key: string, name: string, more: object = {}, account = 'default'): Promise<void> {
  const response = await fetch(`${gateway.url}/callbacks/insider/${account}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${CALLBACK_TOKEN}` },
    body: JSON.stringify({ id: `wamid.${key}`, status: name, timestamp: '1750030073', key, ...more }),
  });
  expect(response.status).toBe(200);
}

function watch(request: object = {}, token?: string): Watch {
  const stream = calls.watch(request, token);
  const events: WireEvent[] = [];
  stream.on('data', ({ event }: { event: WireEvent | null }) => event && events.push(event));
  const failure = new Promise<never>((_resolve, reject) => stream.once('error', reject));
  failure.catch(() => undefined);
  const begun = once(stream, 'metadata');
  begun.catch(() => undefined);
  return { stream, events, failure, begun };
}

interface Watch {
  readonly stream: ClientReadableStream<unknown>;
  readonly events: WireEvent[];
  readonly failure: Promise<never>;
  /** From now on nothing can be missed. */
  readonly begun: Promise<unknown>;
}

describe('GetMessage', () => {
  it('tells what became of a message, by its id and by its key', async () => {
    await start();
    const key = await send('order-7');
    await callback(key, 'sent');
    await callback(key, 'delivered');
    const expected = {
      messageId: 'order-7',
      key,
      status: 'MESSAGE_STATUS_DELIVERED',
      history: [
        { messageId: 'order-7', account: 'default', key, status: 'MESSAGE_STATUS_SENT', error: null },
        { status: 'MESSAGE_STATUS_DELIVERED', metadata: { order: '7' } },
      ],
      attempts: 1,
      result: { outcome: 'SEND_OUTCOME_ACCEPTED', key },
    };
    expect(await calls.get({ messageId: 'order-7' })).toMatchObject(expected);
    expect(await calls.get({ key })).toMatchObject(expected);
  });

  it('never goes backwards, and keeps failed and delivered both', async () => {
    await start();
    const key = await send('order-7');
    await callback(key, 'delivered');
    await callback(key, 'failed', { errors: [{ code: 131026, title: 'Message undeliverable' }] });
    await callback(key, 'sent');
    await callback(key, 'sent');
    const { status: state, history } = await calls.get({ key });
    expect(state).toBe('MESSAGE_STATUS_DELIVERED');
    expect(history.map((event) => event.status)).toEqual([
      'MESSAGE_STATUS_DELIVERED',
      'MESSAGE_STATUS_FAILED',
      'MESSAGE_STATUS_SENT',
    ]);
    expect(history[1]?.error).toMatchObject({
      reason: 'PROVIDER_REJECTED',
      providerCode: '131026',
      message: expect.stringMatching(/^Message undeliverable – .+/),
    });
  });

  it('tells a closed window from other failures', async () => {
    await start();
    const key = await send('order-7');
    await callback(key, 'failed', { errors: [{ code: 131047, title: 'Re-engagement message' }] });
    const { history } = await calls.get({ key });
    expect(history[0]?.error).toMatchObject({ reason: 'WINDOW_CLOSED', providerCode: '131047' });
  });

  it('tells how a message ended that the provider refused', async () => {
    await start();
    provider.follow(() => ({ status: 400, body: { error: { code: 2002, message: 'no' } } }));
    await calls.send([{ messageId: 'a', phoneNumber: ALICE, text: { body: 'Hello' } }]);
    expect(await calls.get({ messageId: 'a' })).toMatchObject({
      key: '',
      status: 'MESSAGE_STATUS_UNSPECIFIED',
      history: [],
      attempts: 1,
      result: { outcome: 'SEND_OUTCOME_REJECTED', error: { reason: 'PROVIDER_REJECTED' } },
    });
  });

  it('tells the statuses of a key that was sent elsewhere', async () => {
    await start();
    await callback('whatsapp-elsewhere', 'read');
    expect(await calls.get({ key: 'whatsapp-elsewhere' })).toMatchObject({
      messageId: '',
      status: 'MESSAGE_STATUS_READ',
      result: null,
    });
  });

  it.each([{ messageId: 'nobody' }, { key: 'whatsapp-nobody' }])('finds nothing for %j', async (request) => {
    await start();
    expect(await failureOf(calls.get(request))).toMatchObject({
      code: status.NOT_FOUND,
      errorInfo: { reason: 'MESSAGE_NOT_FOUND' },
    });
  });

  it('asks for a name', async () => {
    await start();
    const failure = await failureOf(calls.get({ account: 'default' }));
    expect(failure).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(failure.badRequest?.fieldViolations).toMatchObject([{ field: 'message_id' }]);
  });

  it('says when to ask again while the stores are away', async () => {
    await start();
    gateway.app.get<Stores>(STORES).messages.findById = () => Promise.reject(new Error('away'));
    expect(await failureOf(calls.get({ messageId: 'a' }))).toMatchObject({
      code: status.UNAVAILABLE,
      errorInfo: { reason: 'STATE_UNAVAILABLE' },
      retryInfo: { retryDelay: { seconds: 1 } },
    });
  });

  it('tells a caller of his own accounts only', async () => {
    await start(TWO_ACCOUNTS);
    expect(await failureOf(calls.get({ messageId: 'a' }, CALLER_TOKEN))).toMatchObject({
      code: status.PERMISSION_DENIED,
    });
    expect(await failureOf(calls.get({ messageId: 'a' }))).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await failureOf(calls.get({ messageId: 'a', account: 'sales' }, CALLER_TOKEN))).toMatchObject({
      code: status.NOT_FOUND,
    });
  });
});

describe('WatchMessages', () => {
  it('streams every status event from now on, once', async () => {
    await start();
    const key = await send('order-7');
    await callback(key, 'accepted');
    const { begun, events } = watch();
    await begun;
    await callback(key, 'sent');
    await callback(key, 'sent');
    await callback(key, 'read');
    await until('both events', () => events.length >= 2);
    expect(events).toMatchObject([
      { messageId: 'order-7', key, status: 'MESSAGE_STATUS_SENT', metadata: { order: '7' } },
      { messageId: 'order-7', key, status: 'MESSAGE_STATUS_READ' },
    ]);
  });

  it('lets pass what the filter names', async () => {
    await start();
    const keys = [await send('a'), await send('b')];
    const { begun, events } = watch({ messageIds: ['b'], statuses: ['MESSAGE_STATUS_READ'] });
    await begun;
    for (const name of ['sent', 'read']) for (const key of keys) await callback(key, name);
    await until('the event', () => events.length > 0);
    expect(events).toMatchObject([{ messageId: 'b', status: 'MESSAGE_STATUS_READ' }]);
  });

  it('resumes from a moment, and goes on from there', async () => {
    await start();
    const key = await send('a');
    const fromTime = { seconds: Math.floor(Date.now() / 1000) - 1, nanos: 0 };
    await callback(key, 'sent');
    const { begun, events } = watch({ fromTime });
    await begun;
    await callback(key, 'read');
    await until('both events', () => events.length >= 2);
    expect(events.map((event) => event.status)).toEqual(['MESSAGE_STATUS_SENT', 'MESSAGE_STATUS_READ']);
  });

  it('shows a caller the accounts that are his', async () => {
    await start(TWO_ACCOUNTS);
    expect(await failureOf(watch({ accounts: ['default'] }, CALLER_TOKEN).failure)).toMatchObject({
      code: status.PERMISSION_DENIED,
    });
    const { begun, events } = watch({}, CALLER_TOKEN);
    await begun;
    await callback('whatsapp-1', 'sent', {}, 'default');
    await callback('whatsapp-2', 'sent', {}, 'sales');
    await until('the event', () => events.length > 0);
    expect(events).toMatchObject([{ account: 'sales', key: 'whatsapp-2' }]);
  });

  it.each([
    ['too many message ids', { messageIds: Array.from({ length: 1_001 }, String) }, 'message_ids'],
    ['a message id that no message has', { messageIds: ['a', 'x'.repeat(129)] }, 'message_ids'],
    ['an empty message id', { messageIds: [''] }, 'message_ids'],
    ['a status that no event has', { statuses: ['MESSAGE_STATUS_UNSPECIFIED'] }, 'statuses'],
    ['a moment before 1970', { fromTime: { seconds: -5, nanos: 0 } }, 'from_time'],
  ])('refuses a filter with %s', async (_name, request, field) => {
    await start();
    const failure = await failureOf(watch(request).failure);
    expect(failure).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(failure.badRequest?.fieldViolations).toMatchObject([{ field }]);
  });

  it('ends with the moment to resume from when its caller does not read', async () => {
    await start();
    const stream = calls.watch({});
    await once(stream, 'metadata');
    const { statusLog } = gateway.app.get<Stores>(STORES);
    const read = statusLog.read.bind(statusLog);
    let entriesRead = 0;
    statusLog.read = async (...question) => {
      const page = await read(...question);
      entriesRead += page.entries.length;
      return page;
    };
    const told = { account: 'default', key: 'k', status: 'sent', receivedTime: NOW, time: NOW } as const;
    const large = { ...told, metadata: { note: 'x'.repeat(2_000) } };
    for (let page = 0; page < 20; page++) {
      await statusLog.append(
        'default',
        Array.from({ length: 200 }, () => large),
      );
    }
    const ended = new Promise((_resolve, reject) => stream.once('error', reject));
    ended.catch(() => undefined);
    await until('more waits for it than is kept', () => entriesRead >= 1_200);
    stream.resume();
    const failure = await failureOf(ended);
    expect(failure).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      errorInfo: { reason: 'WATCHER_TOO_SLOW', metadata: { resume_from: expect.stringMatching(/Z$/) } },
    });
  });

  it('says that it was forgotten what somebody wants to resume from', async () => {
    await start();
    const { statusLog } = gateway.app.get<Stores>(STORES);
    const told = { account: 'default', key: 'k', status: 'sent', receivedTime: NOW, time: NOW } as const;
    await statusLog.append(
      'default',
      Array.from({ length: 20_001 }, () => told),
    );
    const failure = await failureOf(watch({ fromTime: { seconds: 1, nanos: 0 } }).failure);
    expect(failure).toMatchObject({
      code: status.OUT_OF_RANGE,
      errorInfo: { reason: 'EVENTS_FORGOTTEN', metadata: { resume_from: expect.stringMatching(/Z$/) } },
    });
  });

  it('is over when its caller leaves', async () => {
    await start();
    const { stream, begun } = watch();
    await begun;
    const watches = gateway.app.get(StatusWatch);
    expect(watches.watcherCount).toBe(1);
    stream.cancel();
    await until('nobody watches', () => watches.watcherCount === 0);
  });

  it('is ended by a process that stops, and keeps it from nothing', async () => {
    await start();
    const { begun, failure } = watch();
    await begun;
    const stopped = gateway.stop();
    expect(await failureOf(failure)).toMatchObject({
      code: status.UNAVAILABLE,
      errorInfo: { reason: 'SHUTTING_DOWN', metadata: { resume_from: expect.stringMatching(/Z$/) } },
      retryInfo: { retryDelay: { seconds: 1 } },
    });
    await stopped;
  });
});

const NOW = new Date().toISOString();

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
