import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { InsiderClient } from '@parley/insider';
import type { InsiderAnswer } from '@parley/insider';
import { until } from '@parley/testing';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import 'reflect-metadata';
import { request } from 'undici';
import { Configuration } from '../configuration/configuration.ts';
import { FAULT_CATALOGUE } from '../faults/fault-catalogue.ts';
import type { EndpointFault } from '../faults/fault-rule.ts';
import { Faults } from '../faults/faults.ts';
import { HeldAnswers } from '../faults/held-answers.ts';
import { createSandbox } from '../sandbox.ts';
import { Settings } from '../settings/settings.ts';

const KEY = 'INS.test';
const ORDINARY = '+15550001234';

/** What a raw client saw of one request. */
interface Seen {
  /** Empty without an answer. */
  readonly head: string;
  readonly body: string;
  readonly end: 'answered' | 'reset' | 'silent';
}

let sandbox: NestFastifyApplication;
let url: string;
const sockets: Socket[] = [];

beforeEach(async () => {
  const settings = Object.assign(new Settings(), { enforceWindow: false, rateLimitPerSecond: 0 });
  sandbox = await createSandbox(Object.assign(new Configuration(), { authKey: KEY }), settings);
  await sandbox.listen({ host: '127.0.0.1', port: 0 });
  url = await sandbox.getUrl();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await sandbox.close();
});

function textTo(...phoneNumbers: readonly string[]): object {
  return {
    messages: phoneNumbers.map((phoneNumber) => ({
      phoneNumber,
      message: { type: 'text', text: { body: 'hello' } },
    })),
  };
}

/** Posts over a socket of its own and tells what came back until the answer is whole, or within the time. */
function post(body: object, withinMs = 10_000): Promise<Seen> {
  const json = JSON.stringify(body);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  socket.write(
    `POST /v1/conversational/send HTTP/1.1\r\nhost: sandbox\r\nuser-agent: raw\r\nx-ins-auth-key: ${KEY}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\nconnection: close\r\n\r\n${json}`,
  );
  return new Promise((resolve) => {
    let text = '';
    const seen = (end: Seen['end']): void => {
      clearTimeout(timer);
      const [head = '', ...rest] = text.split('\r\n\r\n');
      resolve({ head, body: rest.join('\r\n\r\n'), end });
    };
    const timer = setTimeout(() => seen('silent'), withinMs);
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => seen('answered'));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => seen(code === 'ECONNRESET' ? 'reset' : 'silent'));
  });
}

async function control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
  const response = await request(`${url}/sandbox${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.body.text();
  return text === ''
    ? { status: response.statusCode }
    : { status: response.statusCode, ...(JSON.parse(text) as object) };
}

async function taken(): Promise<number> {
  return ((await control('GET', '/messages')) as { total: number }).total;
}

/** How the gateway's own client reads it. */
async function classified(phoneNumber: string, count = 1, timeoutMs = 300): Promise<InsiderAnswer> {
  const client = new InsiderClient({ baseUrl: url, authKey: KEY, userAgent: 'test', timeoutMs });
  const text = { phoneNumber, message: { type: 'text', text: { body: 'hello' } } } as const;
  try {
    return await client.send(Array.from({ length: count }, () => text));
  } finally {
    await client.close();
  }
}

interface Expected {
  readonly end: Seen['end'];
  /** What head and body hold. */
  readonly head?: readonly string[];
  readonly body?: string | object;
  readonly taken: number;
  readonly classified: Partial<InsiderAnswer> & { readonly reason?: string };
}

const EXPECTED: Readonly<Record<Exclude<EndpointFault, 'hang' | 'slow-drip'>, Expected>> = {
  throttled: {
    end: 'answered',
    head: ['HTTP/1.1 429 '],
    body: { message: 'Too Many Requests', status: 429 },
    taken: 0,
    classified: { kind: 'throttled' },
  },
  'throttled-retry-after': {
    end: 'answered',
    head: ['HTTP/1.1 429 ', 'retry-after: 2\r\n'],
    body: { message: 'Too Many Requests', status: 429 },
    taken: 0,
    classified: { kind: 'throttled', retryAfterMs: 2_000 },
  },
  'server-error': {
    end: 'answered',
    head: ['HTTP/1.1 500 '],
    body: { errors: [{ message: 'server error' }] },
    taken: 0,
    classified: { kind: 'ambiguous' },
  },
  maintenance: {
    end: 'answered',
    head: ['HTTP/1.1 503 '],
    body: {
      error: { code: 2020, message: 'maintenance mode is active' },
      errorCode: '2020',
      message: 'maintenance mode is active',
    },
    taken: 0,
    classified: { kind: 'unavailable', providerCode: '2020' },
  },
  'gateway-timeout': {
    end: 'answered',
    head: ['HTTP/1.1 504 ', 'content-type: text/html; charset=utf-8\r\n'],
    body: '<h1>Gateway time-out</h1>',
    taken: 1,
    classified: { kind: 'ambiguous' },
  },
  'edge-html': {
    end: 'answered',
    head: ['HTTP/1.1 502 ', 'content-type: text/html; charset=utf-8\r\n'],
    body: '<h1>Bad gateway</h1>',
    taken: 0,
    classified: { kind: 'unavailable' },
  },
  'reset-before': { end: 'reset', taken: 0, classified: { kind: 'ambiguous' } },
  'reset-after': { end: 'reset', taken: 1, classified: { kind: 'ambiguous' } },
  'too-few-keys': {
    end: 'answered',
    head: ['HTTP/1.1 200 '],
    body: { keys: [] },
    taken: 1,
    classified: { kind: 'ambiguous' },
  },
  'too-many-keys': {
    end: 'answered',
    head: ['HTTP/1.1 200 '],
    body: { keys: [expect.any(String), expect.any(String)] },
    taken: 1,
    classified: { kind: 'ambiguous' },
  },
  'ip-restricted': {
    end: 'answered',
    head: ['HTTP/1.1 403 '],
    body: { message: 'ip-restricted', error: { message: 'ip-restricted', code: 1088 } },
    taken: 0,
    classified: { kind: 'account-refused', reason: 'ip-restricted', providerCode: '1088' },
  },
  'key-revoked': {
    end: 'answered',
    head: ['HTTP/1.1 401 '],
    body: { message: 'unauthorized' },
    taken: 0,
    classified: { kind: 'account-refused', reason: 'unauthorized' },
  },
};

function numberOf(fault: EndpointFault): string {
  return FAULT_CATALOGUE.find((entry) => entry.fault === fault)?.magicRecipient ?? '';
}

describe('a fault of the endpoint', () => {
  it.each(Object.entries(EXPECTED) as [EndpointFault, Expected][])(
    '%s is what a client sees, and the gateway reads it so',
    async (fault, expected) => {
      const seen = await post(textTo(numberOf(fault)));
      expect(seen.end).toBe(expected.end);
      for (const part of expected.head ?? ['']) expect(`${seen.head}\r\n`).toContain(part);
      if (typeof expected.body === 'object') expect(JSON.parse(seen.body)).toEqual(expected.body);
      else expect(seen.body).toContain(expected.body ?? '');
      expect(await taken()).toBe(expected.taken);

      const { requests } = (await control('GET', '/requests')) as { requests: readonly object[] };
      expect(requests).toMatchObject([
        { fault, keys: Array.from({ length: expected.taken }, () => expect.any(String)) },
      ]);
      const status = /^HTTP\/1.1 (\d+)/.exec(seen.head)?.[1];
      expect((requests[0] as { status?: number }).status).toBe(status && Number(status));

      expect(await classified(numberOf(fault))).toMatchObject(expected.classified);
    },
  );

  it('hang says nothing and takes nothing, until a reset breaks the connection', async () => {
    const silent = post(textTo(numberOf('hang')));
    expect(await classified(numberOf('hang'))).toMatchObject({ kind: 'ambiguous' });
    const held = sandbox.get(HeldAnswers, { strict: false });
    await until('the client that gave up is let go, and the other held', () => held.size === 1);
    expect(await taken()).toBe(0);
    expect(await control('GET', '/requests')).toMatchObject({
      requests: [{ fault: 'hang' }, { fault: 'hang' }],
    });

    sandbox.get(Faults, { strict: false }).reset();
    expect(await silent).toEqual({ head: '', body: '', end: 'reset' });
  });

  it('slow-drip takes the message and answers byte by byte', async () => {
    const seen = await post(textTo(numberOf('slow-drip')), 400);
    expect(seen).toMatchObject({ head: expect.stringMatching(/^HTTP\/1.1 200 /), end: 'silent' });
    expect('{"keys":["whatsapp-').toContain(seen.body);
    expect(seen.body).not.toBe('');
    expect(await taken()).toBe(1);
    expect(await control('GET', '/requests')).toMatchObject({
      requests: [
        { fault: 'slow-drip', status: 200, answer: expect.stringMatching(/^\{"keys":\["whatsapp-.*"\]\}$/) },
      ],
    });
    expect(await classified(numberOf('slow-drip'))).toMatchObject({ kind: 'ambiguous' });
  });

  it('plays on the request it is about, and on no other', async () => {
    await control('POST', '/faults', { fault: 'hang', recipient: ORDINARY });
    const silent = post(textTo('+15550005678', ORDINARY));
    expect(await classified('+15550005678', 2, 5_000)).toMatchObject({ kind: 'accepted' });
    await control('DELETE', '/faults');
    expect(await classified(ORDINARY, 1, 5_000)).toMatchObject({ kind: 'accepted' });
    await sandbox.close();
    expect(await silent).toMatchObject({ end: 'reset' });
  });

  it('is not played on a request that is refused anyway', async () => {
    await control('POST', '/faults', { fault: 'server-error', times: 1 });
    expect((await post({ messages: [] })).head).toContain('HTTP/1.1 400 ');
    expect((await post(textTo(ORDINARY))).head).toContain('HTTP/1.1 500 ');
    expect((await post(textTo(ORDINARY))).head).toContain('HTTP/1.1 200 ');
  });

  it('ends with the sandbox: it closes at once, whatever is held open', async () => {
    const held = [post(textTo(numberOf('hang'))), post(textTo(numberOf('slow-drip')))];
    await until('both are held', () => sandbox.get(HeldAnswers, { strict: false }).size === 2);
    const startedMs = performance.now();
    await sandbox.close();
    expect((await Promise.all(held)).map(({ end }) => end)).toEqual(['reset', 'reset']);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});
