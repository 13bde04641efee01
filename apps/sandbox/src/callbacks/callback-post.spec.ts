import { describe, expect, it } from '@jest/globals';
import { CallbackPost } from './callback-post.ts';
import { Connections } from './connections.ts';
import { closing, serve } from './receiver-under-test.ts';

function poster(): CallbackPost {
  const connections = new Connections();
  closing.push(() => connections.onApplicationShutdown());
  return new CallbackPost(connections);
}

const POST = { headers: { authorization: 'Bearer token' }, body: { hello: 'receiver' } };

describe('CallbackPost', () => {
  it('posts JSON with the headers given', async () => {
    const receiver = await serve((_request, response) => void response.writeHead(204).end());
    expect(await poster().post({ ...POST, url: `${receiver.url}/hook?a=1` })).toEqual({
      kind: 'answered',
      status: 204,
    });
    expect(receiver.requests).toMatchObject([
      {
        method: 'POST',
        path: '/hook?a=1',
        headers: { 'content-type': 'application/json', authorization: 'Bearer token' },
        body: '{"hello":"receiver"}',
      },
    ]);
  });

  it('goes by the status alone, and follows no redirect', async () => {
    const receiver = await serve((_request, response) => {
      response.writeHead(307, { location: '/elsewhere', 'content-length': 9 }).write('unended');
    });
    expect(await poster().post({ ...POST, url: receiver.url })).toEqual({ kind: 'answered', status: 307 });
    expect(receiver.requests).toHaveLength(1);
  });

  it('says why there was no answer', async () => {
    const receiver = await serve((request) => request.socket.destroy());
    expect(await poster().post({ ...POST, url: receiver.url })).toEqual({
      kind: 'failed',
      code: 'UND_ERR_SOCKET',
    });
    expect(await poster().post({ ...POST, url: 'http://127.0.0.1:9' })).toEqual({
      kind: 'failed',
      code: 'ECONNREFUSED',
    });
    expect(await poster().post({ ...POST, url: 'nowhere' })).toEqual({
      kind: 'failed',
      code: 'ERR_INVALID_URL',
    });
  });
});
