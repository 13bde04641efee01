import { afterEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { InsiderAnswer } from '../answer/insider-answer.ts';
import { RawServer } from '../testing/raw-server.ts';
import { InsiderClient } from './insider-client.ts';
import type { InsiderClientOptions } from './insider-client.ts';
import type { InsiderMessage } from './insider-message.ts';

const KEYS = '{"keys":["whatsapp-1"]}';
const DATE = 'Sun, 22 Nov 2026 10:00:00 GMT';
const AN_HOUR_FAST = 'Sun, 22 Nov 2026 11:00:00 GMT';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  while (opened.length > 0) await opened.pop()?.close();
});

async function serverThat(onRequest: (socket: Socket) => void): Promise<RawServer> {
  const server = await RawServer.listen({ onRequest });
  opened.push(server);
  return server;
}

function clientOf(baseUrl: string, options: Partial<InsiderClientOptions> = {}): InsiderClient {
  const client = new InsiderClient({
    baseUrl,
    authKey: 'INS.canary',
    userAgent: 'parley/test',
    timeoutMs: 2_000,
    ...options,
  });
  opened.push(client);
  return client;
}

const MESSAGES: readonly InsiderMessage[] = [textOf('canary')];

function textOf(body: string): InsiderMessage {
  return { phoneNumber: '+15550001234', message: { type: 'text', text: { body } } };
}

/** An answer with a length and the status line and headers given, split by line breaks. */
function http(head: string, body = ''): string {
  return `HTTP/1.1 ${[...head.split('\n'), `content-length: ${Buffer.byteLength(body)}`].join('\r\n')}\r\n\r\n${body}`;
}

type Fault = string | Buffer | ((socket: Socket) => void);

/** Bytes are followed by the end of the connection. */
function inflict(fault: Fault): (socket: Socket) => void {
  return typeof fault === 'function' ? fault : (socket) => void socket.end(fault);
}

type Row = readonly [name: string, fault: Fault, expected: Partial<InsiderAnswer> & { reason?: string }];

const ACCEPTED = { kind: 'accepted', keys: ['whatsapp-1'] } as const;
const AMBIGUOUS = { kind: 'ambiguous' } as const;
const UNAVAILABLE = { kind: 'unavailable' } as const;
const BLOCKED = { kind: 'account-refused', reason: 'blocked' } as const;

const NO_ANSWER: readonly Row[] = [
  ['the connection ends at once', '', AMBIGUOUS],
  ['it is dropped', (socket) => socket.destroy(), AMBIGUOUS],
  ['it is reset', (socket) => socket.resetAndDestroy(), AMBIGUOUS],
  [
    'it is reset inside the head',
    (socket) => socket.write('HTTP/1.1 200', () => socket.resetAndDestroy()),
    AMBIGUOUS,
  ],
  ['another protocol', '220 smtp ready\r\n\r\n', AMBIGUOUS],
  ['a status of two digits', 'HTTP/1.1 20\r\n\r\n', AMBIGUOUS],
  ['the head is cut off', 'HTTP/1.1 200 OK\r\nconte', AMBIGUOUS],
  ['the head never fits', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`, AMBIGUOUS],
  ['a header that is none', 'HTTP/1.1 200 OK\r\n\0: x\r\n\r\n', AMBIGUOUS],
  ['two lengths', `HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 23\r\n\r\n${KEYS}`, AMBIGUOUS],
  ['only interim answers', 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n', AMBIGUOUS],
  ['a 100 that nobody asked for', `HTTP/1.1 100 Continue\r\n\r\n${http('200 OK', KEYS)}`, AMBIGUOUS],
  ['a 101', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', AMBIGUOUS],
];

const UNREADABLE_SUCCESS: readonly Row[] = [
  ['empty', http('200 OK'), AMBIGUOUS],
  ['missing from a 204', 'HTTP/1.1 204 No Content\r\n\r\n', AMBIGUOUS],
  ['missing from a 205', 'HTTP/1.1 205 Reset Content\r\n\r\n', AMBIGUOUS],
  ['HTML', http('200 OK\ncontent-type: text/html', '<html>hello</html>'), AMBIGUOUS],
  ['truncated JSON', http('200 OK', '{"keys":["whats'), AMBIGUOUS],
  ['shorter than its length', `HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n${KEYS}`, AMBIGUOUS],
  ['longer than its length', `HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n${KEYS}`, AMBIGUOUS],
  ['cut inside a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n17\r\n{"keys"', AMBIGUOUS],
  [
    'without its last chunk',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n17\r\n${KEYS}\r\n`,
    AMBIGUOUS,
  ],
  [
    'in chunks without a size',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n${KEYS}`,
    AMBIGUOUS,
  ],
  [
    'compressed',
    Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n'), gzipSync(KEYS)]),
    AMBIGUOUS,
  ],
];

const READABLE: readonly Row[] = [
  ['keys', http('200 OK', KEYS), ACCEPTED],
  ['keys with a 202', http('202 Accepted', KEYS), ACCEPTED],
  ['keys after a byte order mark', http('200 OK', `\uFEFF${KEYS}`), ACCEPTED],
  [
    'keys in chunks',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n17\r\n${KEYS}\r\n0\r\n\r\n`,
    ACCEPTED,
  ],
  ['keys up to the end of the connection', `HTTP/1.1 200 OK\r\n\r\n${KEYS}`, ACCEPTED],
  ['keys of an HTTP/1.0 server', `HTTP/1.0 200 OK\r\n\r\n${KEYS}`, ACCEPTED],
  ['keys after early hints', `HTTP/1.1 103 Early Hints\r\n\r\n${http('200 OK', KEYS)}`, ACCEPTED],
  ['the edge’s block', http('403 Forbidden\ncontent-type: text/html', '<html>canary</html>'), BLOCKED],
  ['plain HTTP on a TLS port', http('400 Bad Request', '<html>plain HTTP to HTTPS</html>'), BLOCKED],
  [
    'a refusal cut off',
    'HTTP/1.1 400 Bad Request\r\ncontent-length: 99\r\n\r\n{"err',
    { kind: 'message-refused' },
  ],
  [
    'an outage cut off',
    'HTTP/1.1 503 x\r\nretry-after: 2\r\ncontent-length: 99\r\n\r\nsorry',
    { ...UNAVAILABLE, retryAfterMs: 2_000 },
  ],
  [
    'an outage compressed',
    Buffer.concat([Buffer.from('HTTP/1.1 503 x\r\ncontent-encoding: gzip\r\n\r\n'), gzipSync('sorry')]),
    UNAVAILABLE,
  ],
  ['an error nobody can place, cut off', 'HTTP/1.1 500 x\r\ncontent-length: 99\r\n\r\n', AMBIGUOUS],
  ['a gateway that waited in vain', http('504 Gateway Timeout'), AMBIGUOUS],
  ['a throttle in seconds', http('429 x\nretry-after: 3'), { kind: 'throttled', retryAfterMs: 3_000 }],
  [
    'a throttle by a clock an hour fast',
    http(`429 x\ndate: ${AN_HOUR_FAST}\nretry-after: Sun, 22 Nov 2026 11:00:30 GMT`),
    { kind: 'throttled', retryAfterMs: 30_000 },
  ],
  [
    'a throttle for a year',
    http('429 x\nretry-after: 31536000'),
    { kind: 'throttled', retryAfterMs: 3_600_000 },
  ],
  [
    'a throttle until long ago',
    http(`429 x\ndate: ${AN_HOUR_FAST}\nretry-after: ${DATE}`),
    { kind: 'throttled', retryAfterMs: 0 },
  ],
];

describe('What the wire says decides the class:', () => {
  async function answerTo(fault: Fault): Promise<InsiderAnswer> {
    const server = await serverThat(inflict(fault));
    const answer = await clientOf(server.url).send(MESSAGES);
    // Whatever happened, the request was made once and by nobody but the caller is it made again.
    expect(server.requests).toBe(1);
    expect(JSON.stringify(answer)).not.toMatch(/canary|5550001234/);
    return answer;
  }

  it.each(NO_ANSWER)('no answer, %s', async (_name, fault, expected) => {
    const answer = await answerTo(fault);
    expect(answer).toMatchObject({ ...expected, message: expect.stringContaining('never answered') });
  });

  it.each(UNREADABLE_SUCCESS)('a success whose body is %s', async (_name, fault, expected) => {
    expect(await answerTo(fault)).toMatchObject(expected);
  });

  it.each(READABLE)('%s', async (_name, fault, expected) => {
    expect(await answerTo(fault)).toMatchObject(expected);
  });

  it.each([
    ['a throttle without Retry-After', undefined],
    ['a throttle with a garbled one', 'soon'],
    ['a throttle with a negative one', '-5'],
  ])('%s leaves the pause to the sender', async (_name, value) => {
    const head = value === undefined ? '429 x' : `429 x\nretry-after: ${value}`;
    const answer = await answerTo(http(head));
    expect(answer).toEqual({ kind: 'throttled', message: 'The provider asks to slow down (HTTP 429).' });
  });
});

describe('A redirect', () => {
  it.each([
    [301, BLOCKED],
    [302, BLOCKED],
    [303, AMBIGUOUS],
    [307, BLOCKED],
    [308, BLOCKED],
  ])('%d is not followed, so that the key stays here', async (status, expected) => {
    const elsewhere = await serverThat((socket) => socket.end(http('200 OK', KEYS)));
    const server = await serverThat((socket) => socket.end(http(`${status} x\nlocation: ${elsewhere.url}`)));
    expect(await clientOf(server.url).send(MESSAGES)).toMatchObject(expected);
    expect(elsewhere.connections).toBe(0);
  });
});

describe('An answer before the request was read', () => {
  // More than the sockets of both sides hold.
  const MANY = Array.from({ length: 2_000 }, () => textOf('x'.repeat(4_096)));

  it.each([
    ['413 x', { kind: 'message-refused' }],
    ['401 x', { kind: 'account-refused', reason: 'unauthorized' }],
    ['503 x', UNAVAILABLE],
    ['500 x', AMBIGUOUS],
  ] as const)('%s counts', async (head, expected) => {
    const server = await RawServer.listen({
      onConnection: (socket) => {
        socket.once('data', () => socket.write(http(`${head}\nconnection: close`)));
      },
    });
    opened.push(server);
    expect(await clientOf(server.url).send(MANY)).toMatchObject(expected);
  });
});

describe('Memory stays bounded', () => {
  it('by an endless answer, which is not read to its end', async () => {
    let sent = 0;
    const chunk = 'x'.repeat(65_536);
    const server = await serverThat((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const pump = (): void => {
        while (!socket.destroyed && sent < 100_000_000) {
          sent += chunk.length;
          if (!socket.write(`10000\r\n${chunk}\r\n`)) return void socket.once('drain', pump);
        }
      };
      pump();
    });
    expect(await clientOf(server.url).send(MESSAGES)).toMatchObject(AMBIGUOUS);
    // The limit of 1 MB, and what the sockets of both sides hold.
    expect(sent).toBeLessThan(20_000_000);
  });

  it('by a gzip bomb, which is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    const server = await serverThat((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.end(bomb);
    });
    const before = held();
    expect(await clientOf(server.url).send(MESSAGES)).toMatchObject(AMBIGUOUS);
    expect(held() - before).toBeLessThan(50_000_000);
  });

  function held(): number {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  }
});

describe('A kept connection', () => {
  it('is not used again once the server closed it: the next request takes another', async () => {
    const server = await serverThat((socket) => socket.end(http('200 OK', KEYS)));
    const client = clientOf(server.url);
    expect(await client.send(MESSAGES)).toEqual(ACCEPTED);
    expect(await client.send(MESSAGES)).toEqual(ACCEPTED);
    expect(server).toMatchObject({ connections: 2, requests: 2 });
  });

  it('that is closed as the next request arrives makes it ambiguous, and nobody repeats it', async () => {
    const server = await serverThat((socket) => {
      if (server.requests === 1) socket.write(http('200 OK', KEYS));
      else socket.destroy();
    });
    const client = clientOf(server.url, { connections: 1 });
    expect(await client.send(MESSAGES)).toEqual(ACCEPTED);
    expect(await client.send(MESSAGES)).toMatchObject(AMBIGUOUS);
    expect(server).toMatchObject({ connections: 1, requests: 2 });
  });

  it('does not take words said before the request for its answer', async () => {
    const { promise: said, resolve: saidIt } = Promise.withResolvers<unknown>();
    const server = await RawServer.listen({
      onConnection: (socket) => {
        if (server.connections === 1) socket.write(http('408 Request Timeout'), saidIt);
      },
      onRequest: (socket) => socket.write(http('200 OK', KEYS)),
    });
    opened.push(server);
    const client = clientOf(server.url);
    await client.warm();
    await said;
    // What was flushed on loopback has arrived, and is read in the turn after this one.
    await setImmediate();
    await setImmediate();
    expect(await client.send(MESSAGES)).toEqual(ACCEPTED);
    expect(server).toMatchObject({ connections: 2, requests: 1 });
  });
});
