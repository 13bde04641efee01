import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { HttpConnections } from './http-connections.ts';

describe('HttpConnections', () => {
  it('closes a connection that was opened ahead of a request', async () => {
    const { connections, closing, port, accepted } = await listen();
    const socket = connect(port, '127.0.0.1');
    await accepted;
    await connections.letGo(closing(), 60_000);
    socket.destroy();
  });

  it('closes a kept-alive connection once its last answer is out, and lets that go out first', async () => {
    const { connections, closing, port, requested, answer } = await listen();
    const response = fetch(`http://127.0.0.1:${port}`);
    await requested;
    const gone = connections.letGo(closing(), 60_000);
    answer();
    expect(await (await response).text()).toBe('answered');
    await gone;
  });

  it('says with each answer of a server that leaves that it is the last one of its connection', async () => {
    const { connections, port, requested, answer, closing } = await listen();
    const begunBefore = fetch(`http://127.0.0.1:${port}`);
    await requested;
    connections.leave();
    answer();
    const begunAfter = fetch(`http://127.0.0.1:${port}`);
    for (const response of [await begunBefore, await begunAfter]) {
      expect(response.headers.get('connection')).toBe('close');
      await response.text();
    }
    await connections.letGo(closing(), 60_000);
  });

  it('ends what is still open when the grace period is over', async () => {
    const { connections, closing, port, requested } = await listen();
    const response = fetch(`http://127.0.0.1:${port}`).catch(() => 'cut off');
    await requested;
    await connections.letGo(closing(), 10);
    expect(await response).toBe('cut off');
  });
});

async function listen() {
  const request = Promise.withResolvers<void>();
  const permission = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    request.resolve();
    void permission.promise.then(() => response.end('answered'));
  });
  const connections = new HttpConnections(server);
  const accepted = once(server, 'connection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    connections,
    accepted,
    port: (server.address() as AddressInfo).port,
    requested: request.promise,
    answer: permission.resolve,
    closing: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
