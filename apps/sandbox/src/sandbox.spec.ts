import { afterEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { InsiderClient, parseCallback } from '@parley/insider';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { request } from 'undici';
import { Configuration } from './configuration/configuration.ts';
import { Settings } from './settings/settings.ts';
import { createSandbox } from './sandbox.ts';

const KEY = 'INS.test';
const USER = '+15550001234';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly json: unknown;
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

class Sandbox {
  readonly #application: NestFastifyApplication;
  readonly url: string;

  private constructor(application: NestFastifyApplication, url: string) {
    this.#application = application;
    this.url = url;
  }

  static async start(options: Partial<Configuration & Settings> = {}): Promise<Sandbox> {
    const application = await createSandbox(
      Object.assign(new Configuration(), { authKey: KEY, ...options }),
      Object.assign(new Settings(), { enforceWindow: false, ...options }),
    );
    await application.listen({ host: '127.0.0.1', port: 0 });
    const sandbox = new Sandbox(application, await application.getUrl());
    closing.push(() => sandbox.close());
    return sandbox;
  }

  close(): Promise<void> {
    return this.#application.close();
  }

  async call(path: string, { method = 'GET', headers = {}, body }: Call = {}): Promise<Answer> {
    const response = await request(`${this.url}${path}`, {
      method,
      headers: { 'user-agent': 'test', 'content-type': 'application/json', ...headers },
      body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
    });
    const text = await response.body.text();
    const type = String(response.headers['content-type'] ?? '');
    return {
      status: response.statusCode,
      type,
      text,
      json: type.startsWith('application/json') ? (JSON.parse(text) as unknown) : undefined,
    };
  }

  send(body: unknown = { messages: [message()] }, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('/v1/conversational/send', {
      method: 'POST',
      headers: { 'x-ins-auth-key': KEY, 'content-type': 'application/json', ...headers },
      body,
    });
  }

  async received(query = ''): Promise<{ total: number; messages: readonly Record<string, unknown>[] }> {
    return (await this.call(`/sandbox/messages${query}`)).json as never;
  }
}

function message(body = 'hello', phoneNumber = USER): object {
  return { phoneNumber, message: { type: 'text', text: { body } } };
}

/** A webhook that answers with the given statuses, the last of them from then on. */
class Webhook {
  readonly url: string;
  readonly bodies: unknown[] = [];
  readonly authorizations = new Set<string | undefined>();
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor(url: string) {
    this.url = url;
  }

  static async start(statuses: readonly number[] = [200]): Promise<Webhook> {
    const left = [...statuses];
    let status = 200;
    const server = createServer((incoming, response) => {
      void incoming.toArray().then((chunks) => {
        webhook.#take(JSON.parse(Buffer.concat(chunks).toString('utf8')), incoming.headers.authorization);
        status = left.shift() ?? status;
        response.writeHead(status).end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const webhook = new Webhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return webhook;
  }

  /** What the callbacks told so far, as a receiver reads it: `accepted +1…`, `inbound +1…`. */
  get told(): readonly string[] {
    return this.bodies.flatMap((body) => {
      const parsed = parseCallback(body);
      if (parsed.kind !== 'events') return [parsed.kind];
      return parsed.events.map((event) => (event.kind === 'status' ? event.status : event.kind));
    });
  }

  received(count: number): Promise<void> {
    if (this.bodies.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  #take(body: unknown, authorization: string | undefined): void {
    this.bodies.push(body);
    this.authorizations.add(authorization);
    for (const { count, resolve } of this.#waiting) if (this.bodies.length >= count) resolve();
  }
}

describe('POST /v1/conversational/send', () => {
  it('answers one key per message, in order', async () => {
    const sandbox = await Sandbox.start();
    const answer = await sandbox.send({ messages: [message('one'), message('two', '+15550009999')] });
    expect(answer).toMatchObject({
      status: 200,
      json: { keys: [expect.stringMatching(/^whatsapp-[0-9a-f-]{36}$/), expect.any(String)] },
    });
    const { keys } = answer.json as { keys: readonly string[] };
    const { messages } = await sandbox.received();
    expect(messages.map(({ key, body }) => [key, body])).toEqual([
      [keys[0], 'one'],
      [keys[1], 'two'],
    ]);
  });

  it('is what the gateway’s own client takes', async () => {
    const sandbox = await Sandbox.start();
    const client = new InsiderClient({
      baseUrl: sandbox.url,
      authKey: KEY,
      userAgent: 'test',
      timeoutMs: 2_000,
    });
    closing.push(() => client.close());
    const text = { phoneNumber: USER, message: { type: 'text', text: { body: 'hello' } } } as const;
    expect(await client.send([text, text])).toEqual({
      kind: 'accepted',
      keys: [expect.any(String), expect.any(String)],
    });
    const empty = { phoneNumber: USER, message: { type: 'text', text: { body: '' } } } as const;
    expect(await client.send([empty])).toMatchObject({ kind: 'message-refused', providerCode: '2002' });
  });

  it.each(['', 'INS.other'])('answers a wrong key %p with 401 and executes nothing', async (key) => {
    const sandbox = await Sandbox.start();
    expect(await sandbox.send(undefined, { 'x-ins-auth-key': key })).toMatchObject({
      status: 401,
      json: { message: 'unauthorized' },
    });
    expect(await sandbox.received()).toMatchObject({ total: 0 });
  });

  it.each(['', 'Java/1.8.0_391', 'Java-http-client/21.0.1'])(
    'blocks the agent %p at its edge',
    async (agent) => {
      const sandbox = await Sandbox.start();
      const answer = await sandbox.send(undefined, { 'user-agent': agent });
      expect(answer).toMatchObject({ status: 403, type: 'text/html; charset=utf-8' });
      expect(answer.text).toContain('<html');
      expect(await sandbox.received()).toMatchObject({ total: 0 });
    },
  );

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'] as const)('does not take %s', async (method) => {
    const sandbox = await Sandbox.start();
    const answer = await sandbox.call('/v1/conversational/send', {
      method,
      headers: { 'x-ins-auth-key': KEY },
    });
    expect(answer).toMatchObject({ status: 405, json: { message: 'method not allowed' } });
  });

  it('answers requests over the limit with 429 and executes nothing of them', async () => {
    const sandbox = await Sandbox.start({ rateLimitPerSecond: 2 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => sandbox.send()));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 429, 429]);
    expect(answers.find(({ status }) => status === 429)?.json).toEqual({
      message: 'Too Many Requests',
      status: 429,
    });
    expect(await sandbox.received()).toMatchObject({ total: 2 });
  });

  it('refuses the whole request for one wrong message, naming field and rule', async () => {
    const sandbox = await Sandbox.start();
    const answer = await sandbox.send({ messages: [message(), message('x'.repeat(4097))] });
    expect(answer).toMatchObject({
      status: 400,
      json: {
        error: { code: 2002 },
        errorCode: '2002',
        errors: expect.stringContaining("'messages[1].message.text.body'"),
      },
    });
    expect(await sandbox.received()).toMatchObject({ total: 0 });
  });

  it.each([
    ['', 'application/json'],
    ['{"messages":', 'application/json'],
    ['{"messages":', 'text/plain'],
    ['hello', 'application/x-www-form-urlencoded'],
    ['[['.repeat(10_000), 'application/json'],
  ])('answers a body that is no JSON in the provider’s shape (%#)', async (body, type) => {
    const sandbox = await Sandbox.start();
    expect(await sandbox.send(body, { 'content-type': type })).toMatchObject({
      status: 400,
      json: { message: 'Failed to validate request.', error: { code: '2001' } },
    });
  });

  it('answers what no controller answers in the plainest shape', async () => {
    const sandbox = await Sandbox.start();
    expect(await sandbox.send(' '.repeat(17 * 1024 * 1024))).toMatchObject({
      status: 413,
      json: { message: expect.any(String) },
    });
    expect(await sandbox.call('/v1/nowhere')).toMatchObject({
      status: 404,
      json: { message: expect.any(String) },
    });
  });
});

describe('callbacks', () => {
  it('tell accepted, sent, delivered and read in order, with the token', async () => {
    const webhook = await Webhook.start();
    const sandbox = await Sandbox.start({ callbackUrl: webhook.url, callbackToken: 'token' });
    const { json } = await sandbox.send();
    await webhook.received(4);
    expect(webhook.told).toEqual(['accepted', 'sent', 'delivered', 'read']);
    expect([...webhook.authorizations]).toEqual(['Bearer token']);

    const [key] = (json as { keys: readonly string[] }).keys;
    expect(webhook.bodies.map((body) => (body as { key: string }).key)).toEqual([key, key, key, key]);
    expect((await sandbox.received()).messages).toMatchObject([
      { statuses: [{ status: 'accepted' }, { status: 'sent' }, { status: 'delivered' }, { status: 'read' }] },
    ]);
  });

  it('are retried until a 2xx, each attempt kept with its answer', async () => {
    const webhook = await Webhook.start([500, 302, 204]);
    const sandbox = await Sandbox.start({
      callbackUrl: webhook.url,
      callbackToken: 'token',
      timeScale: 1_000_000,
      enforceWindow: true,
    });
    await sandbox.send();
    await webhook.received(3);
    expect(webhook.told).toEqual(['failed', 'failed', 'failed']);

    await until(async () => {
      const { attempts } = (await sandbox.call('/sandbox/callbacks')).json as { attempts: readonly object[] };
      return attempts.length === 3 ? attempts : undefined;
    }).then((attempts) =>
      expect(attempts).toMatchObject([
        { event: 'error', attempt: 1, status: 500 },
        { event: 'error', attempt: 2, status: 302 },
        { event: 'error', attempt: 3, status: 204 },
      ]),
    );
  });

  it('tell error 131047 alone while the recipient’s window is closed, and all else once the user wrote', async () => {
    const webhook = await Webhook.start();
    const sandbox = await Sandbox.start({
      callbackUrl: webhook.url,
      callbackToken: 'token',
      enforceWindow: true,
    });
    expect(await sandbox.send()).toMatchObject({ status: 200 });
    await webhook.received(1);
    expect(webhook.bodies).toMatchObject([{ error: { code: 131047 } }]);

    const inbound = { phoneNumber: USER, text: 'hi' };
    expect(await sandbox.call('/sandbox/inbound', { method: 'POST', body: inbound })).toMatchObject({
      status: 202,
    });
    await webhook.received(2);
    await sandbox.send();
    await webhook.received(6);
    expect(webhook.told).toEqual(['failed', 'inbound', 'accepted', 'sent', 'delivered', 'read']);
  });

  it('go on after a restart, where they were', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    closing.push(() => rm(dataFolder, { recursive: true }));
    const webhook = await Webhook.start([500, 200]);
    const options = {
      callbackUrl: webhook.url,
      callbackToken: 'token',
      enforceWindow: true,
      timeScale: 600,
      dataFolder,
    };
    const first = await Sandbox.start(options);
    await first.send();
    await webhook.received(1);
    await first.close();

    const second = await Sandbox.start(options);
    await webhook.received(2);
    expect(webhook.bodies[1]).toEqual(webhook.bodies[0]);
    const callbacks = await until(async () => {
      const { json } = await second.call('/sandbox/callbacks');
      const [callback] = (json as { callbacks: readonly { state: string }[] }).callbacks;
      return callback?.state === 'delivered' ? callback : undefined;
    });
    expect(callbacks).toMatchObject({ event: 'error', url: webhook.url });
  });

  it('stop at a reset', async () => {
    const webhook = await Webhook.start();
    const sandbox = await Sandbox.start({ callbackUrl: webhook.url, callbackToken: 'token' });
    await sandbox.send();
    await webhook.received(1);
    expect(await sandbox.call('/sandbox/reset', { method: 'POST' })).toMatchObject({ status: 204 });
    await until(async () => {
      const { json } = await sandbox.call('/sandbox/health');
      return (json as { callbacks: { waiting: number } }).callbacks.waiting === 0 ? true : undefined;
    });
    expect(webhook.told).toEqual(['accepted']);
    expect(await sandbox.received()).toEqual({ total: 0, messages: [] });
  });
});

describe('/sandbox', () => {
  it('waits for messages to come in', async () => {
    const sandbox = await Sandbox.start();
    const waiting = sandbox.call('/sandbox/messages/wait?count=2&timeoutMs=5000');
    await sandbox.send({ messages: [message(), message()] });
    expect((await waiting).json).toEqual({ reached: true, total: 2 });
    expect((await sandbox.call('/sandbox/messages/wait?count=3&timeoutMs=1')).json).toEqual({
      reached: false,
      total: 2,
    });
  });

  it('finds messages by recipient, key and text', async () => {
    const sandbox = await Sandbox.start();
    await sandbox.send({ messages: [message('one'), message('two', '+15550009999')] });
    const { messages } = await sandbox.received(`?recipient=${USER}&text=one&limit=5`);
    expect(messages).toMatchObject([{ body: 'one' }]);
    expect((await sandbox.received(`?key=${String(messages[0]?.['key'])}`)).messages).toHaveLength(1);
  });

  it.each([
    ['/sandbox/messages?limit=0', 'GET', undefined],
    ['/sandbox/messages?sender=1', 'GET', undefined],
    ['/sandbox/messages/wait?count=x', 'GET', undefined],
    ['/sandbox/inbound', 'POST', '{'],
    ['/sandbox/inbound', 'POST', '{"phoneNumber":"15550001234","text":"hi"}'],
    ['/sandbox/inbound', 'POST', '{"phoneNumber":"+15550001234","text":""}'],
    ['/sandbox/inbound', 'POST', '[]'],
    ['/sandbox/inbound', 'POST', 'null'],
  ] as const)('refuses %s %s %s', async (path, method, body) => {
    const sandbox = await Sandbox.start();
    expect(await sandbox.call(path, { method, body })).toMatchObject({
      status: 400,
      json: { message: expect.anything() },
    });
  });

  it('closes at once, waits and callbacks to come included', async () => {
    const webhook = await Webhook.start([500]);
    const sandbox = await Sandbox.start({ callbackUrl: webhook.url, callbackToken: 'token' });
    await sandbox.send();
    const waiting = sandbox.call('/sandbox/messages/wait?count=9&timeoutMs=60000').catch(() => undefined);
    await webhook.received(1);
    const startedMs = performance.now();
    await sandbox.close();
    await waiting;
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});

/** Asks again until there is an answer, for five seconds at most. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const endMs = performance.now() + 5_000; performance.now() < endMs;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('not within five seconds');
}
