import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BusError } from '@parley/kafka';
import { ScriptedEndpoint, until } from '@parley/testing';
import { createHash } from 'node:crypto';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { Calls, failureOf } from '../grpc/calls-under-test.ts';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';
import { SpansUnderTest } from '../tracing/spans-under-test.ts';

/** What must reach nobody but those it is meant for. Long, so that no part of a line is one of them by chance. */
const SECRETS = {
  authKey: 'INS.canary-auth-key-9931',
  callerToken: 'canary-caller-token-9932',
  callbackToken: 'canary-callback-token-9933',
  body: 'canary body 9934',
  metadata: 'canary-metadata-9935',
  phoneNumber: '+4915112349936',
};

const tokenSha256 = createHash('sha256').update(SECRETS.callerToken).digest('hex');
const WIRE_MESSAGE = {
  phoneNumber: SECRETS.phoneNumber,
  message: { type: 'text', text: { body: SECRETS.body } },
};

const spans = new SpansUnderTest();
let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;
let calls: Calls;
/** Whatever a caller was told: error texts, error details, bodies of refusals, dead letters' explanations. */
const told: string[] = [];
let logged = '';
let traced: readonly string[] = [];

beforeAll(async () => {
  provider = await ScriptedEndpoint.listen();
  gateway = await GatewayUnderTest.start({
    provider,
    tracing: spans.tracing,
    variables: {
      INSIDER_AUTH_KEY: SECRETS.authKey,
      CALLBACK_TOKENS: SECRETS.callbackToken,
      CALLERS_FILE: '/callers.json',
      AMBIGUOUS_SENDS: 'report',
      LOG_LEVEL: 'trace',
    },
    files: {
      '/callers.json': JSON.stringify({ callers: [{ name: 'shop', tokenSha256, accounts: ['*'] }] }),
    },
  });
  calls = new Calls(gateway.grpcUrl);
  await throughEveryDoor('accepted');
  // The provider repeats what it was sent, as validators like to.
  provider.follow(({ headers, messages }) => ({
    status: 400,
    body: {
      message: `refused: ${JSON.stringify(messages)}`,
      errors: `key ${String(headers['x-ins-auth-key'])}`,
    },
  }));
  await throughEveryDoor('refused');
  provider.follow(({ messages }) => ({ status: 500, body: `failed: ${JSON.stringify(messages)}` }));
  await throughEveryDoor('failed');
  gateway.bus.failure = new BusError('UNAVAILABLE', 'The broker is away');
  await callback({ id: 'wamid.1', status: 'sent', recipient_id: SECRETS.phoneNumber.slice(1) });
  gateway.bus.failure = undefined;
  storeFails();
  await byGrpc('unremembered');
  await callback({ id: 'wamid.3', status: 'sent', recipient_id: SECRETS.phoneNumber.slice(1), key: 'key-3' });
  provider.follow(({ messages }) => ({ status: 401, body: { message: JSON.stringify(messages) } }));
  await byGrpc('paused');
  await byHttp();
  await close();
  logged = gateway.logLines.join('');
  traced = spans.ended.map((span) => JSON.stringify(span));
});

afterAll(close);

async function close(): Promise<void> {
  calls.close();
  await provider.close();
  await gateway.stop();
}

describe('at the most talkative level', () => {
  it('the log tells what happened', () => {
    expect(logged).toContain('"event":"attempted"');
    expect(logged).toContain('"event":"settled"');
    expect(logged).toContain('"recipient":"+49***36"');
    expect(logged).toContain('"event":"account-paused"');
    expect(logged).toContain('"step":"claim"');
    expect(logged).toContain('"step":"find"');
    expect(logged).toContain('a callback could not be published');
    expect(told.join()).toContain('PROVIDER_REJECTED');
  });

  it('the traces tell it, too', () => {
    const names = new Set(spans.ended.map(({ name }) => name));
    expect([...names]).toEqual(expect.arrayContaining(['message', 'batch', 'status failed']));
    expect(spans.ended.filter(({ error }) => error !== undefined)).not.toEqual([]);
  });

  describe.each(Object.entries(SECRETS))('%s', (_name, secret) => {
    const forms = [...new Set([secret, secret.replace('+', '')])];

    it.each(forms)('is in no line of the log: %s', (form) => {
      expect(logged.split('\n').filter((line) => line.includes(form))).toEqual([]);
    });

    it.each(forms)('is in no span: %s', (form) => {
      expect(traced.filter((span) => span.includes(form))).toEqual([]);
    });

    it.each(forms)('is in no error text: %s', (form) => {
      expect(told.filter((text) => text.includes(form))).toEqual([]);
    });
  });
});

/** With errors that carry what the store was asked, as those of a Redis client do. */
function storeFails(): void {
  const { phoneNumber, metadata, body } = SECRETS;
  const fails = (): Promise<never> =>
    Promise.reject(
      Object.assign(new Error(`for ${phoneNumber}`), { command: { args: [phoneNumber, metadata, body] } }),
    );
  const { messages } = gateway.app.get<Stores>(STORES);
  Object.assign(messages, { claim: fails, settle: fails, release: fails, findByKeys: fails });
}

async function throughEveryDoor(name: string): Promise<void> {
  await byGrpc(name);
  await byHttp();
  await byKafka(name);
  await callback({ id: 'wamid.2', status: 'failed', recipient_id: SECRETS.phoneNumber.slice(1) });
  await callback({ nobody: `reads ${SECRETS.body} of ${SECRETS.phoneNumber}` });
}

async function byGrpc(name: string): Promise<void> {
  const { callerToken: token, phoneNumber, body, metadata } = SECRETS;
  const text = { messageId: `grpc-${name}`, phoneNumber, text: { body }, metadata: { it: metadata } };
  const results = await calls.send([text], { token }).catch(tell);
  told.push(...(results ?? []).map(({ error }) => JSON.stringify(error)));
  await calls.send([{ ...text, phoneNumber: `${phoneNumber}00000` }], { token }).catch(tell);
  await calls.send([{ ...text, metadata: { it: metadata.repeat(50) } }], { token }).catch(tell);
  await calls.send([text], { token: `${token}-not-quite` }).catch(tell);
}

async function tell(error: Error): Promise<undefined> {
  told.push(JSON.stringify(await failureOf(Promise.reject(error))));
}

async function byHttp(): Promise<void> {
  const headers = { 'x-ins-auth-key': SECRETS.callerToken };
  const url = `${gateway.url}/v1/conversational/send`;
  for (const [body, more] of [
    [{ messages: [WIRE_MESSAGE] }, {}],
    [{ messages: [{ ...WIRE_MESSAGE, phoneNumber: `${SECRETS.phoneNumber}00000` }] }, {}],
    [{ messages: [WIRE_MESSAGE] }, { 'x-ins-auth-key': `${SECRETS.callerToken}-not-quite` }],
  ] as const) {
    const init = { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) };
    told.push(await (await fetch(url, init)).text());
  }
}

async function byKafka(name: string): Promise<void> {
  const { phoneNumber, body, metadata } = SECRETS;
  const event = { messageId: `kafka-${name}`, phoneNumber, text: { body }, metadata: { it: metadata } };
  const values = [event, { ...event, phoneNumber: `${phoneNumber}00000` }, { ...event, metadata }, [event]];
  const { send, dlq, result } = gateway.topics;
  const letters = gateway.bus.on(dlq).length + 3;
  await gateway.bus.send(values.map((value) => ({ topic: send, key: null, value: JSON.stringify(value) })));
  await until('three dead letters', () => gateway.bus.on(dlq).length === letters);
  await until('the result', () =>
    gateway.events<{ messageId: string }>(result).some(({ messageId }) => messageId === event.messageId),
  );
  told.push(...gateway.bus.on(dlq).map(({ headers }) => JSON.stringify(headers)));
  told.push(...gateway.events<{ error?: object }>(result).map(({ error }) => JSON.stringify(error ?? {})));
}

async function callback(body: object): Promise<void> {
  for (const token of [SECRETS.callbackToken, `${SECRETS.callbackToken}-not-quite`]) {
    const answer = await fetch(`${gateway.url}/callbacks/insider/default`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    told.push(await answer.text());
  }
}
