import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { RawServer } from '../testing/raw-server.ts';
import type { RawServerOptions } from '../testing/raw-server.ts';
import { InsiderClient } from './insider-client.ts';
import type { InsiderClientOptions } from './insider-client.ts';
import type { InsiderMessage } from './insider-message.ts';

const MESSAGES: readonly InsiderMessage[] = [
  { phoneNumber: '+15550001234', message: { type: 'text', text: { body: 'canary text' } } },
];
const KEYS = JSON.stringify({ keys: ['whatsapp-1'] });

const closing: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

function clientOf(baseUrl: string, options: Partial<InsiderClientOptions> = {}): InsiderClient {
  const client = new InsiderClient({
    baseUrl,
    authKey: 'INS.canary',
    userAgent: 'parley/test',
    timeoutMs: 2_000,
    ...options,
  });
  closing.push(() => client.close());
  return client;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function rawServer(options: RawServerOptions): Promise<string> {
  const server = await RawServer.listen(options);
  closing.push(() => server.close());
  return server.url;
}

/** Calls back for each connection. */
function tcpServer(onConnection: (socket: Socket) => void): Promise<string> {
  return rawServer({ onConnection });
}

/** Calls back for each request that has arrived whole. */
function requestServer(onRequest: (socket: Socket) => void): Promise<string> {
  return rawServer({ onRequest });
}

async function httpServer(listener: RequestListener): Promise<string> {
  const server = createHttpServer((request, response) => {
    request.resume().on('end', () => listener(request, response));
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
    return once(server, 'close');
  });
  return listen(server);
}

describe('InsiderClient', () => {
  it('posts as documented, below the base URL’s path, and returns the keys', async () => {
    const seen: { method?: string; url?: string; headers?: IncomingHttpHeaders } = {};
    const url = await httpServer((request, response) => {
      Object.assign(seen, { method: request.method, url: request.url, headers: request.headers });
      response.end(KEYS);
    });

    expect(await clientOf(`${url}/insider/`).send(MESSAGES)).toEqual({
      kind: 'accepted',
      keys: ['whatsapp-1'],
    });
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/insider/v1/conversational/send',
      headers: {
        'x-ins-auth-key': 'INS.canary',
        'content-type': 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'parley/test',
      },
    });
  });

  describe('says unavailable when nothing can have been written', () => {
    it('connection refused', async () => {
      const server = createTcpServer();
      const url = await listen(server);
      server.close();
      await once(server, 'close');
      expect(await clientOf(url).send(MESSAGES)).toEqual({
        kind: 'unavailable',
        message: 'The request could not be written (ECONNREFUSED).',
      });
    });

    it('unknown host', async () => {
      expect(await clientOf('http://nowhere.invalid').send(MESSAGES)).toMatchObject({ kind: 'unavailable' });
    });

    it('TLS handshake failed', async () => {
      const url = await tcpServer((socket) => socket.once('data', () => socket.end('not TLS')));
      const answer = await clientOf(url.replace('http', 'https')).send(MESSAGES);
      expect(answer).toMatchObject({ kind: 'unavailable' });
    });

    it('TLS handshake silent until the time limit', async () => {
      const url = await tcpServer(() => undefined);
      const client = clientOf(url.replace('http', 'https'), { timeoutMs: 150 });
      expect(await client.send(MESSAGES)).toMatchObject({ kind: 'unavailable' });
    });

    it('the client is closed', async () => {
      const client = clientOf('http://127.0.0.1:9');
      await client.close();
      expect(await client.send(MESSAGES)).toMatchObject({ kind: 'unavailable' });
    });
  });

  describe('says ambiguous when the request was written and its answer is lost', () => {
    it.each<[string, (socket: Socket) => void]>([
      ['closed', (socket) => socket.destroy()],
      ['reset', (socket) => socket.resetAndDestroy()],
      ['half closed', (socket) => socket.end()],
      ['silence', () => undefined],
      ['cut inside the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\nconte')],
      ['cut inside the body', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"keys"')],
      ['not HTTP', (socket) => socket.end('220 smtp ready\r\n\r\n')],
    ])('%s', async (_name, fault) => {
      const url = await requestServer(fault);
      expect(await clientOf(url, { timeoutMs: 300 }).send(MESSAGES)).toMatchObject({ kind: 'ambiguous' });
    });

    it('a slow drip is cut at the whole request’s time limit', async () => {
      let drip: NodeJS.Timeout | undefined;
      const url = await requestServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n');
        drip = setInterval(() => socket.write(' '), 20);
      });
      const started = performance.now();
      const answer = await clientOf(url, { timeoutMs: 300 }).send(MESSAGES);
      clearInterval(drip);
      expect(answer).toMatchObject({ kind: 'ambiguous' });
      expect(performance.now() - started).toBeLessThan(5_000);
    });

    it('a giant body is not read to its end', async () => {
      let sent = 0;
      const url = await requestServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
        const chunk = 'x'.repeat(65_536);
        const pump = (): void => {
          while (!socket.destroyed && sent < 1e9) {
            sent += chunk.length;
            if (!socket.write(`10000\r\n${chunk}\r\n`)) return void socket.once('drain', pump);
          }
        };
        pump();
      });
      const answer = await clientOf(url, { maxResponseBytes: 100_000 }).send(MESSAGES);
      expect(answer).toMatchObject({ kind: 'ambiguous' });
      expect(sent).toBeLessThan(50_000_000);
    });

    it('a compressed answer nobody asked for', async () => {
      const url = await httpServer((_request, response) => {
        response.setHeader('content-encoding', 'gzip').end(gzipSync(KEYS));
      });
      expect(await clientOf(url).send(MESSAGES)).toMatchObject({ kind: 'ambiguous' });
    });
  });

  it('takes the status of an error whose body is cut off', async () => {
    const url = await requestServer((socket) =>
      socket.end('HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-length: 99\r\n\r\nsorry'),
    );
    expect(await clientOf(url).send(MESSAGES)).toMatchObject({ kind: 'unavailable', retryAfterMs: 2000 });
  });

  it('reads past an interim answer', async () => {
    const url = await requestServer((socket) =>
      socket.end(
        `HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: ${KEYS.length}\r\n\r\n${KEYS}`,
      ),
    );
    expect(await clientOf(url).send(MESSAGES)).toMatchObject({ kind: 'accepted' });
  });

  it('does not take an interim answer for the answer', async () => {
    const url = await requestServer((socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'));
    expect(await clientOf(url).send(MESSAGES)).toMatchObject({
      kind: 'ambiguous',
      message: expect.stringContaining('never answered'),
    });
  });

  it('does not follow a redirect, so that the key stays here', async () => {
    let strayed = 0;
    const elsewhere = await httpServer((_request, response) => {
      strayed += 1;
      response.end(KEYS);
    });
    const url = await httpServer((_request, response) => {
      response.writeHead(307, { location: elsewhere }).end();
    });
    expect(await clientOf(url).send(MESSAGES)).toMatchObject({ kind: 'account-refused', reason: 'blocked' });
    expect(strayed).toBe(0);
  });

  it('reports the edge’s HTML block', async () => {
    const url = await httpServer((_request, response) => {
      response.writeHead(403, { 'content-type': 'text/html' }).end('<html>canary</html>');
    });
    expect(await clientOf(url).send(MESSAGES)).toEqual({
      kind: 'account-refused',
      reason: 'blocked',
      message: 'The provider’s edge blocked the request (HTTP 403).',
    });
  });

  describe('a signal', () => {
    it('that fired already keeps the request from starting', async () => {
      const answer = await clientOf('http://127.0.0.1:9').send(MESSAGES, { signal: AbortSignal.abort() });
      expect(answer).toEqual({ kind: 'cancelled' });
    });

    it('before the write cancels at once, and nothing is ever written', async () => {
      let requests = 0;
      const { promise: arrived, resolve: arrive } = Promise.withResolvers<Socket>();
      const url = await requestServer((socket) => {
        requests += 1;
        arrive(socket);
      });
      const client = clientOf(url, { connections: 1 });
      const first = client.send(MESSAGES);
      const socket = await arrived;

      const controller = new AbortController();
      const second = client.send(MESSAGES, { signal: controller.signal });
      controller.abort();
      expect(await second).toEqual({ kind: 'cancelled' });

      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${KEYS.length}\r\n\r\n${KEYS}`);
      expect(await first).toMatchObject({ kind: 'accepted' });
      await client.close();
      expect(requests).toBe(1);
    });

    it('after the write does not lose the answer', async () => {
      const controller = new AbortController();
      const url = await httpServer((_request, response) => {
        controller.abort();
        void setImmediate().then(() => response.end(KEYS));
      });
      const answer = await clientOf(url).send(MESSAGES, { signal: controller.signal });
      expect(answer).toMatchObject({ kind: 'accepted' });
    });
  });

  describe('mayLeave', () => {
    /** A server that answers each request, and what reached it. */
    async function answeringServer(): Promise<{
      url: string;
      seen: { connections: number; requests: number };
    }> {
      const seen = { connections: 0, requests: 0 };
      const url = await tcpServer((socket) => {
        seen.connections += 1;
        socket.on('data', (chunk) => {
          // A request is one segment on loopback; a byte too many would show as a request too many.
          seen.requests += 1;
          if (chunk.toString().endsWith(']}'))
            socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${KEYS.length}\r\n\r\n${KEYS}`);
        });
      });
      return { url, seen };
    }

    it('is asked once per request, when a connection is there', async () => {
      const { url, seen } = await answeringServer();
      const asked: number[] = [];
      const mayLeave = (): boolean => {
        asked.push(seen.requests);
        return true;
      };
      const client = clientOf(url);
      expect(await client.send(MESSAGES, { mayLeave })).toMatchObject({ kind: 'accepted' });
      expect(await client.send(MESSAGES, { mayLeave })).toMatchObject({ kind: 'accepted' });
      expect(asked).toEqual([0, 1]);
    });

    it.each([
      ['new', 0],
      ['used', 1],
    ])(
      'keeps a request back without a byte, and the %s connection serves the next',
      async (_name, before) => {
        const { url, seen } = await answeringServer();
        const client = clientOf(url, { connections: 1 });
        for (let sent = 0; sent < before; sent += 1) await client.send(MESSAGES);

        expect(await client.send(MESSAGES, { mayLeave: () => false })).toEqual({ kind: 'cancelled' });
        expect(seen.requests).toBe(before);

        expect(await client.send(MESSAGES)).toMatchObject({ kind: 'accepted' });
        expect(seen).toEqual({ connections: 1, requests: before + 1 });
      },
    );

    it('keeps one back without holding up those that wait behind it', async () => {
      const { url, seen } = await answeringServer();
      const client = clientOf(url, { connections: 1 });
      const answers = await Promise.all(
        [true, false, false, true].map((leaves) => client.send(MESSAGES, { mayLeave: () => leaves })),
      );
      expect(answers.map(({ kind }) => kind)).toEqual(['accepted', 'cancelled', 'cancelled', 'accepted']);
      expect(seen).toEqual({ connections: 1, requests: 2 });
    });

    it('that throws keeps the request back as well', async () => {
      const { url, seen } = await answeringServer();
      const mayLeave = (): boolean => {
        throw new Error('canary');
      };
      expect(await clientOf(url).send(MESSAGES, { mayLeave })).toEqual({
        kind: 'unavailable',
        message: 'The request could not be written (connection failed).',
      });
      expect(seen.requests).toBe(0);
    });

    it('is not asked for a request that finds no connection, nor for one given up before', async () => {
      const mayLeave = jest.fn(() => true);
      const client = clientOf('http://127.0.0.1:9');
      expect(await client.send(MESSAGES, { mayLeave })).toMatchObject({ kind: 'unavailable' });
      const signal = AbortSignal.abort();
      expect(await client.send(MESSAGES, { mayLeave, signal })).toEqual({ kind: 'cancelled' });
      expect(mayLeave).not.toHaveBeenCalled();
    });
  });

  describe('warm', () => {
    it('opens a connection that the next request uses, and sends nothing by itself', async () => {
      let connections = 0;
      const bytes: number[] = [];
      const url = await tcpServer((socket) => {
        connections += 1;
        socket.on('data', (chunk) => {
          bytes.push(chunk.length);
          if (chunk.toString().endsWith(']}'))
            socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${KEYS.length}\r\n\r\n${KEYS}`);
        });
      });
      const client = clientOf(url);
      await Promise.all([client.warm(), client.warm()]);
      expect(bytes).toEqual([]);
      expect(await client.send(MESSAGES)).toMatchObject({ kind: 'accepted' });
      // The pool counts a connection as free a turn after its answer.
      await setImmediate();
      await client.warm();
      expect(connections).toBe(1);
    });

    it.each([true, false])(
      'does not offer a connection that the server closed, warmed again: %p',
      async (again) => {
        const { promise: gone, resolve: go } = Promise.withResolvers<undefined>();
        let connections = 0;
        const url = await tcpServer((socket) => {
          connections += 1;
          if (connections === 1) socket.on('close', () => go(undefined)).end();
          else
            socket.on('data', () =>
              socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${KEYS.length}\r\n\r\n${KEYS}`),
            );
        });
        const client = clientOf(url);
        await client.warm();
        await gone;
        if (again) await client.warm();
        expect(await client.send(MESSAGES)).toMatchObject({ kind: 'accepted' });
        expect(connections).toBe(2);
      },
    );

    it('does not reject when there is nobody to connect to', async () => {
      await expect(clientOf('http://127.0.0.1:9').warm()).resolves.toBeUndefined();
    });
  });

  it.each([
    [{ baseUrl: 'ftp://x' }, /baseUrl/],
    [{ baseUrl: 'x' }, /baseUrl/],
    [{ authKey: '' }, /authKey/],
    [{ authKey: 'INS.canary\n' }, /authKey/],
    [{ userAgent: ' ' }, /userAgent/],
    [{ timeoutMs: 0 }, /timeoutMs/],
    [{ connections: 1.5 }, /connections/],
  ])('refuses %j and does not repeat the key', (wrong, expected) => {
    expect(() => clientOf('http://127.0.0.1:9', wrong)).toThrow(expected);
    expect(() => clientOf('http://127.0.0.1:9', wrong)).not.toThrow(/canary/);
  });
});
