import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { isPublicAddress } from './public-address.ts';
import { MAX_FETCHES, PublicFetch } from './public-fetch.ts';
import type { Fetched, PublicAnswer } from './public-fetch.ts';
import { PublicNetwork } from './public-network.ts';

/** Longer than any test takes, so that only what is to be given up is. */
const LONG_MS = 60_000;

/** Knows names of its own, and allows one address beside the public ones: where the test's server listens. */
class TestNetwork extends PublicNetwork {
  readonly names: Record<string, readonly string[]> = { 'page.invalid': ['127.0.0.1'] };
  readonly asked: string[] = [];

  override addresses(hostname: string): Promise<readonly string[]> {
    this.asked.push(hostname);
    return Promise.resolve(this.names[hostname] ?? []);
  }

  override isAllowed(address: string): boolean {
    return address === '127.0.0.1' || isPublicAddress(address);
  }
}

async function textOf({ body }: PublicAnswer): Promise<string> {
  let text = '';
  for await (const bytes of body) text += Buffer.from(bytes).toString();
  return text;
}

describe('PublicFetch', () => {
  let server: Server;
  let network: TestNetwork;
  let fetch: PublicFetch;
  let requests: IncomingMessage[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    network = new TestNetwork();
    fetch = new PublicFetch(network);
    requests = [];
    answer = (_request, response) => response.end('hello');
    server = createServer((request, response) => {
      requests.push(request);
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    fetch.onModuleDestroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const at = (host: string, path = '/'): string =>
    `http://${host}:${(server.address() as AddressInfo).port}${path}`;

  function get(url = at('page.invalid'), read = textOf, timeoutMs = LONG_MS): Promise<Fetched<string>> {
    return fetch.get({ url: new URL(url), accept: 'text/html', timeoutMs, read });
  }

  it('asks by the page’s name, tells nothing of whom it asks for, and wants no encoding', async () => {
    expect(await get(at('page.invalid', '/a?b=c'))).toEqual({ kind: 'read', value: 'hello' });
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/a?b=c' });
    const { host, connection, ...others } = requests[0]?.headers ?? {};
    expect(host).toMatch(/^page\.invalid:\d+$/);
    expect(connection).toBeDefined();
    expect(others).toEqual({
      accept: 'text/html',
      'accept-encoding': 'identity',
      'user-agent': 'parley-sandbox',
    });
  });

  describe('refuses, without a connection,', () => {
    it.each([
      '127.0.0.2',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '10.0.0.1',
      '169.254.169.254',
      '0',
      '2130706434',
      '0x7f000002',
      '0177.0.0.2',
      '127.2',
    ])('the address %s', async (host) => {
      expect(await get(at(host))).toEqual({ kind: 'failed', reason: 'PRIVATE_ADDRESS' });
      expect(network.asked).toEqual([]);
    });

    it.each([
      ['a private address', ['10.0.0.1']],
      ['a private address beside an allowed one', ['127.0.0.1', '192.168.0.1']],
      ['an IPv4 address in IPv6', ['127.0.0.1', '::ffff:127.0.0.1']],
      ['something that is no address', ['127.0.0.1', 'localhost']],
    ])('a name with %s', async (_what, addresses) => {
      network.names['page.invalid'] = addresses;
      expect(await get()).toEqual({ kind: 'failed', reason: 'PRIVATE_ADDRESS' });
    });

    it.each([
      ['an address', '127.0.0.2'],
      ['an address in IPv6', '[::ffff:127.0.0.1]'],
      ['a name', 'inside.invalid'],
    ])('a redirect to %s that is private', async (_what, host) => {
      network.names['inside.invalid'] = ['127.0.0.2'];
      answer = (_request, response) => response.writeHead(302, { location: at(host) }).end();
      expect(await get()).toEqual({ kind: 'failed', reason: 'PRIVATE_ADDRESS' });
      expect(requests).toHaveLength(1);
    });

    afterEach(() => expect(requests.length).toBeLessThan(2));
  });

  it('resolves a name once, and connects to what was checked', async () => {
    // 127.0.0.3 is where a second look at the name would lead.
    Object.defineProperty(network.names, 'page.invalid', {
      get: () => (network.asked.length === 1 ? ['127.0.0.1'] : ['127.0.0.3']),
    });
    expect(await get()).toMatchObject({ kind: 'read' });
    expect(network.asked).toEqual(['page.invalid']);
    expect(requests[0]?.socket.localAddress).toBe('127.0.0.1');
  });

  it('is UNREACHABLE where there is no such name, or nobody listens', async () => {
    expect(await get(at('none.invalid'))).toEqual({ kind: 'failed', reason: 'UNREACHABLE' });
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((closed) => gone.close(closed));
    expect(await get(`http://page.invalid:${port}/`)).toEqual({ kind: 'failed', reason: 'UNREACHABLE' });
  });

  it('is UNREACHABLE when the connection breaks, before the answer or in it', async () => {
    answer = (request) => request.socket.destroy();
    expect(await get()).toEqual({ kind: 'failed', reason: 'UNREACHABLE' });
    answer = (request, response) => {
      response.write('beginning', () => request.socket.destroy());
    };
    expect(await get()).toEqual({ kind: 'failed', reason: 'UNREACHABLE' });
  });

  it('follows three redirects, relative ones too, and says where they ended', async () => {
    answer = ({ url = '' }, response) => {
      if (url === '/3') response.end('there');
      else
        response.writeHead(301 + Number(url.slice(1)), { location: `/${Number(url.slice(1)) + 1}#x` }).end();
    };
    const read = (page: PublicAnswer): Promise<string> => Promise.resolve(page.url.pathname);
    expect(await get(at('page.invalid', '/0'), read)).toEqual({ kind: 'read', value: '/3' });
    expect(network.asked).toHaveLength(4);
  });

  it('gives a redirect loop up', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/' }).end();
    expect(await get()).toEqual({ kind: 'failed', reason: 'TOO_MANY_REDIRECTS' });
    expect(requests).toHaveLength(4);
  });

  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'http://user:password@page.invalid/', 'http://['])(
    'does not follow a redirect to %s',
    async (location) => {
      answer = (_request, response) => response.writeHead(302, { location }).end();
      expect(await get()).toEqual({ kind: 'failed', reason: 'BAD_STATUS' });
    },
  );

  it.each([304, 302, 404, 403, 500, 503])('reads nothing of a %i', async (status) => {
    answer = (_request, response) => response.writeHead(status).end('<html>');
    expect(await get()).toEqual({ kind: 'failed', reason: 'BAD_STATUS' });
  });

  it.each(['gzip', 'br', 'identity, gzip', 'x'])(
    'decodes no %s, so that nothing can grow',
    async (encoding) => {
      answer = (_request, response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end(gzipSync(Buffer.alloc(10_000_000)));
      let read = false;
      const reading = (): Promise<string> => Promise.resolve(`${(read = true)}`);
      expect(await get(undefined, reading)).toEqual({ kind: 'failed', reason: 'ENCODED' });
      expect(read).toBe(false);
    },
  );

  it.each(['text/html; charset=utf-8', 'nonsense', ''])(
    'hands the type “%s” on if it is one',
    async (type) => {
      answer = (_request, response) => response.writeHead(200, { 'content-type': type }).end();
      const read = (page: PublicAnswer): Promise<string> => Promise.resolve(String(page.type));
      const value = type.startsWith('text') ? 'text/html;charset=utf-8' : 'undefined';
      expect(await get(undefined, read)).toEqual({ kind: 'read', value });
    },
  );

  describe('gives up at its timeout', () => {
    it('a name that is never resolved', async () => {
      network.addresses = (_hostname, signal?: AbortSignal) =>
        new Promise((resolve) => signal?.addEventListener('abort', () => resolve([])));
      expect(await get(undefined, textOf, 50)).toEqual({ kind: 'failed', reason: 'TIMEOUT' });
    });

    it('a server that never answers', async () => {
      answer = () => undefined;
      expect(await get(undefined, textOf, 50)).toEqual({ kind: 'failed', reason: 'TIMEOUT' });
    });

    it('a body that drips', async () => {
      answer = (_request, response) => {
        const drip = setInterval(() => response.write('.'), 5);
        response.once('close', () => clearInterval(drip));
      };
      expect(await get(undefined, textOf, 200)).toEqual({ kind: 'failed', reason: 'TIMEOUT' });
    });

    it('redirects that take their time, all together', async () => {
      answer = (_request, response) => {
        setTimeout(() => response.writeHead(302, { location: '/' }).end(), 40);
      };
      expect(await get(undefined, textOf, 100)).toEqual({ kind: 'failed', reason: 'TIMEOUT' });
    });
  });

  it('closes the connection as soon as nothing more is read', async () => {
    let closed = false;
    answer = (_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000)));
      };
      response.on('drain', pour).once('close', () => (closed = true));
      pour();
    };
    const read = async ({ body }: PublicAnswer): Promise<string> => {
      for await (const bytes of body) return `${bytes.length > 0}`;
      return 'nothing';
    };
    expect(await get(undefined, read)).toEqual({ kind: 'read', value: 'true' });
    await until('a closed connection', () => closed);
  });

  it('has so many open at a time, and is BUSY beyond', async () => {
    const waiting: ServerResponse[] = [];
    answer = (_request, response) => waiting.push(response);
    const open = Array.from({ length: MAX_FETCHES }, () => get());
    await until('all of them', () => waiting.length === MAX_FETCHES);
    expect(await get()).toEqual({ kind: 'failed', reason: 'BUSY' });
    waiting[0]?.end('one');
    expect(await Promise.race(open)).toEqual({ kind: 'read', value: 'one' });
    answer = (_request, response) => response.end('another');
    expect(await get()).toEqual({ kind: 'read', value: 'another' });
    for (const response of waiting) response.end();
    await Promise.all(open);
    expect(requests).toHaveLength(MAX_FETCHES + 1);
  });

  it('ends what is open when the sandbox closes', async () => {
    answer = () => undefined;
    const open = get();
    await until('a request', () => requests.length === 1);
    fetch.onModuleDestroy();
    expect(await open).toMatchObject({ kind: 'failed' });
    expect(await get()).toMatchObject({ kind: 'failed' });
  });
});
