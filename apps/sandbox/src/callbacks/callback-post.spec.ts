import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import { Configuration } from '../configuration/configuration.ts';
import { CallbackPost } from './callback-post.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

async function postTo(listener: RequestListener): Promise<CallbackPost> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return postBelow(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function postBelow(origin: string): CallbackPost {
  const post = new CallbackPost(
    Object.assign(new Configuration(), { callbackUrl: `${origin}/hook?a=1`, callbackToken: 'token' }),
  );
  closing.push(() => post.onApplicationShutdown());
  return post;
}

describe('CallbackPost', () => {
  it('posts JSON with the bearer token', async () => {
    const seen: object[] = [];
    const post = await postTo((request, response) => {
      const { method, url, headers } = request;
      seen.push({ method, url, type: headers['content-type'], authorization: headers.authorization });
      response.writeHead(204).end();
    });
    expect(await post.post({})).toEqual({ kind: 'answered', status: 204 });
    expect(seen).toEqual([
      { method: 'POST', url: '/hook?a=1', type: 'application/json', authorization: 'Bearer token' },
    ]);
  });

  it('goes by the status alone, and follows no redirect', async () => {
    let posts = 0;
    const post = await postTo((_request, response) => {
      posts += 1;
      response.writeHead(307, { location: '/elsewhere', 'content-length': 9 }).write('unended');
    });
    expect(await post.post({})).toEqual({ kind: 'answered', status: 307 });
    expect(posts).toBe(1);
  });

  it('says why there was no answer', async () => {
    const reset = await postTo((request) => request.socket.destroy());
    expect(await reset.post({})).toEqual({ kind: 'failed', code: 'UND_ERR_SOCKET' });
    expect(await postBelow('http://127.0.0.1:9').post({})).toEqual({ kind: 'failed', code: 'ECONNREFUSED' });
  });

  it('has no target without a callback URL', async () => {
    const post = new CallbackPost(new Configuration());
    expect(post.hasTarget).toBe(false);
    expect(await post.post({})).toMatchObject({ kind: 'failed' });
  });
});
