import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { InsiderAnswer } from '../answer/insider-answer.ts';
import { AnsweringServer } from '../testing/answering-server.ts';
import { RawServer } from '../testing/raw-server.ts';
import { UnacceptingServer } from '../testing/unaccepting-server.ts';
import { exchange, TIMED_OUT } from './exchange.ts';
import { InsiderClient } from './insider-client.ts';
import type { InsiderClientOptions } from './insider-client.ts';
import type { InsiderMessage } from './insider-message.ts';

const TIMEOUT_MS = 1_000;

const MESSAGES = [textOf('canary')];
// More than the sockets of both sides hold.
const MANY = Array.from({ length: 1_000 }, () => textOf('x'.repeat(4_096)));

function textOf(body: string): InsiderMessage {
  return { phoneNumber: '+15550001234', message: { type: 'text', text: { body } } };
}

const opened: { close(): Promise<void> }[] = [];
afterAll(async () => {
  while (opened.length > 0) await opened.pop()?.close();
});

/** A client of one connection to a server that acts on each request, or is silent. */
async function clientOfServerThat(
  onRequest: (socket: Socket) => void = () => undefined,
): Promise<InsiderClient> {
  const server = await RawServer.listen({ onRequest });
  opened.push(server);
  return clientOf(server.url);
}

function clientOf(baseUrl: string, options: Partial<InsiderClientOptions> = {}): InsiderClient {
  const client = new InsiderClient({
    baseUrl,
    authKey: 'INS.canary',
    userAgent: 'parley/test',
    timeoutMs: TIMEOUT_MS,
    connections: 1,
    ...options,
  });
  opened.push(client);
  return client;
}

/** Says the beginning and then a byte now and then, for ever. */
function dripAfter(beginning: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(beginning);
    const timer = setInterval(() => socket.write('x'), 50);
    socket.on('close', () => clearInterval(timer));
  };
}

function silentAfter(beginning: string): (socket: Socket) => void {
  return (socket) => void socket.write(beginning);
}

type Stage = readonly [where: string, expected: InsiderAnswer['kind'], client: () => Promise<InsiderClient>];

const STAGES: readonly Stage[] = [
  [
    'the TCP handshake',
    'unavailable',
    async () => {
      const server = await UnacceptingServer.listen();
      opened.push(server);
      return clientOf(`http://127.0.0.1:${server.port}`);
    },
  ],
  [
    'the TLS handshake',
    'unavailable',
    async () => {
      const server = await RawServer.listen({});
      opened.push(server);
      return clientOf(server.url.replace('http', 'https'));
    },
  ],
  [
    'the write',
    'ambiguous',
    async () => {
      const server = await RawServer.listen({ onConnection: (socket) => socket.pause() });
      opened.push(server);
      return clientOf(server.url);
    },
  ],
  ['the wait for an answer', 'ambiguous', () => clientOfServerThat()],
  ['a head that drips', 'ambiguous', () => clientOfServerThat(dripAfter('HTTP/1.1 200 OK\r\nx-drip: '))],
  ['interim answers', 'ambiguous', () => clientOfServerThat(silentAfter('HTTP/1.1 103 Early Hints\r\n\r\n'))],
  [
    'a missing body',
    'ambiguous',
    () => clientOfServerThat(silentAfter('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n')),
  ],
  [
    'a body that drips',
    'ambiguous',
    () => clientOfServerThat(dripAfter('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n')),
  ],
  [
    'the body of an outage',
    'unavailable',
    () => clientOfServerThat(dripAfter('HTTP/1.1 503 x\r\ncontent-length: 9999\r\n\r\n')),
  ],
  [
    'the body of a throttle',
    'throttled',
    () => clientOfServerThat(silentAfter('HTTP/1.1 429 x\r\ncontent-length: 9\r\n\r\n')),
  ],
];

describe('Time runs out at the limit, and the class says what can have been written, in', () => {
  const ends = new Map<string, { kind: InsiderAnswer['kind']; elapsedMs: number }>();

  // All at once, so that the suite takes one limit and not one for each.
  beforeAll(async () => {
    const clients = await Promise.all(STAGES.map(([, , client]) => client()));
    const startedMs = performance.now();
    await Promise.all(
      STAGES.map(async ([where], index) => {
        const answer = await clients[index]?.send(where === 'the write' ? MANY : MESSAGES);
        if (answer) ends.set(where, { kind: answer.kind, elapsedMs: performance.now() - startedMs });
      }),
    );
  });

  it.each(STAGES)('%s: %s', (where, expected) => {
    const { kind, elapsedMs = Infinity } = ends.get(where) ?? {};
    expect(kind).toBe(expected);
    // Without the limit none ends in time. That it is kept within 10 % is seen on a machine that does nothing else:
    // test/faults/hostile-answers.
    expect(elapsedMs).toBeLessThan(TIMEOUT_MS * 4);
    // A timer may be early by the fraction of a millisecond.
    expect(elapsedMs).toBeGreaterThan(TIMEOUT_MS - 2);
  });
});

it('A request that found no connection in time is unavailable, and is not written when one is free later', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<Socket>();
  const server = await RawServer.listen({ onRequest: arrive });
  opened.push(server);
  const pool = new Pool(server.url, { connections: 1 });

  const request = { path: '/', headers: {}, body: JSON.stringify({ messages: MESSAGES }) };
  const patient = exchange(pool, request, { timeoutMs: 10_000, maxResponseBytes: 100 });
  const startedMs = performance.now();
  const hasty = await exchange(pool, request, { timeoutMs: 200, maxResponseBytes: 100 });
  expect(hasty).toEqual({ kind: 'failure', written: false, code: TIMED_OUT });
  // Not with the connection's answer, which is 10 s away: its own limit ended it.
  expect(performance.now() - startedMs).toBeLessThan(2_000);

  (await arrived).end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  expect(await patient).toMatchObject({ kind: 'response', status: 200 });
  await pool.close();
  expect(server.requests).toBe(1);
});

it('Nothing cuts a request short of its limit', async () => {
  const server = await RawServer.listen({});
  opened.push(server);
  const timeoutMs = 1_490;
  const client = clientOf(server.url, { timeoutMs, connections: 2 });
  const durationMs = async (): Promise<number> => {
    const startedMs = performance.now();
    await client.send(MESSAGES);
    return performance.now() - startedMs;
  };
  const first = durationMs();
  // The pool's own timers would tick in steps of half a second that begin with the first request.
  await sleep(400);
  const durationsMs = await Promise.all([first, durationMs()]);
  expect(Math.min(...durationsMs)).toBeGreaterThan(timeoutMs - 2);
});

describe('While this process is busy past the limit', () => {
  let server: AnsweringServer;
  let client: InsiderClient;

  beforeEach(async () => {
    server = await AnsweringServer.listen();
    opened.push(server);
    client = clientOf(server.url);
  });

  function beBusy(): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TIMEOUT_MS * 1.2);
  }

  it('an answer that arrives is taken', async () => {
    const arrived = server.arrival();
    const answer = client.send(MESSAGES);
    await arrived;
    // From here the event loop comes to its timers before it comes to its sockets.
    await setImmediate();
    beBusy();
    expect(await answer).toEqual({ kind: 'accepted', keys: ['key-1'] });
  });

  it('a connection that opens takes no request any more', async () => {
    const arrived = server.arrival().then(() => 'arrived');
    const answer = client.send(MESSAGES);
    await setImmediate();
    beBusy();
    expect(await answer).toMatchObject({ kind: 'unavailable' });
    expect(await Promise.race([arrived, sleep(200, 'nothing arrived')])).toBe('nothing arrived');
  });
});
