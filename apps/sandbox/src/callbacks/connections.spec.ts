import { describe, expect, it } from '@jest/globals';
import { Connections, MAX_ORIGINS } from './connections.ts';
import { closing, serve } from './receiver-under-test.ts';

const REQUEST = { method: 'POST', path: '/' } as const;

describe('Connections', () => {
  it('are kept between requests, 64 of them at most', async () => {
    const connections = new Connections();
    closing.push(() => connections.onApplicationShutdown());
    const receiver = await serve((_request, response) => void setImmediate(() => response.end()));
    const requests = Array.from({ length: 1_000 }, () => connections.to(receiver.url).request(REQUEST));
    for (const { body } of await Promise.all(requests)) await body.dump();
    expect(receiver.requests).toHaveLength(1_000);
    expect(receiver.connections).toBeLessThanOrEqual(64);
  });

  it('to the origin used longest ago are closed when there are too many, a request on its way finished', async () => {
    const connections = new Connections();
    closing.push(() => connections.onApplicationShutdown());
    const answers: (() => void)[] = [];
    const receiver = await serve((_request, response) => answers.push(() => response.end('done')));
    const pool = connections.to(receiver.url);
    const answer = pool.request(REQUEST);
    await receiver.received(1);
    const second = connections.to('http://0.example');
    for (let count = 1; count < MAX_ORIGINS; count += 1) connections.to(`http://${count}.example`);

    expect(connections.to('http://0.example')).toBe(second);
    expect(pool.closed).toBe(true);
    answers[0]?.();
    expect(await (await answer).body.text()).toBe('done');
    expect(connections.to(receiver.url)).not.toBe(pool);
  });

  it('all end at a shutdown, and none is made later', async () => {
    const connections = new Connections();
    const receiver = await serve(() => undefined);
    const answer = connections.to(receiver.url).request(REQUEST);
    const rejected = expect(answer).rejects.toThrow();
    await receiver.received(1);
    await connections.onApplicationShutdown();
    await rejected;
    await expect(connections.to('http://127.0.0.1:9').request(REQUEST)).rejects.toThrow(/destroyed/);
  });
});
