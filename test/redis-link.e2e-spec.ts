import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { freePort } from '@parley/provisioning';
import { RedisAway, RedisLink } from '@parley/redis';
import { until } from '@parley/testing';
import { describeWithRedisServer, ownRedis } from './redis/own-redis.ts';

const links: RedisLink[] = [];

function open(url: string): { link: RedisLink; changes: boolean[] } {
  const link = new RedisLink({ url });
  const changes: boolean[] = [];
  link.onChange((available) => changes.push(available));
  links.push(link);
  return { link, changes };
}

afterAll(() => links.forEach((link) => link.close()));

describeWithRedisServer('the link to Redis (needs redis-server)', () => {
  const redis = ownRedis();

  it('starts without Redis, fails at once, and names no address', async () => {
    const port = await freePort();
    const { link } = open(`redis://user:secret@127.0.0.1:${port}`);
    let error: unknown;
    for (let tries = 0; tries < 100 && !String(error).includes('ECONNREFUSED'); tries++) {
      error = await link.run((client) => client.ping()).catch((reason: unknown) => reason);
      await sleep(10);
    }
    expect(error).toBeInstanceOf(RedisAway);
    expect(String(error)).toBe('RedisAway: Redis is away: ECONNREFUSED');
  });

  it('tells each change once, whoever listens', async () => {
    const { link, changes } = open(redis().url);
    const others: boolean[] = [];
    link.onChange((available) => others.push(available));
    await until('connected', () => link.available);
    await redis().server.kill();
    await until('away', () => !link.available);
    await redis().server.start();
    await until('back', () => link.available);
    expect(changes).toEqual([true, false, true]);
    expect(others).toEqual(changes);
  }, 15_000);

  it('tells once why Redis is away, until it is back', async () => {
    const away: string[] = [];
    const { link } = open(redis().url);
    link.onAway((code) => away.push(code));
    for (const losses of [1, 2]) {
      await until('connected', () => link.available);
      expect(away).toHaveLength(losses - 1);
      await redis().server.kill();
      await until('away', () => !link.available);
      await sleep(600); // it tries twice
      expect(away).toHaveLength(losses);
      expect(away.at(-1)).toMatch(/^(NOT_CONNECTED|ECONNRESET)$/);
      await expect(link.run((client) => client.ping())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await redis().server.start();
    }
  }, 15_000);

  it('tells why it could never connect', async () => {
    const { link } = open(`redis://127.0.0.1:${await freePort()}`);
    const away: string[] = [];
    link.onAway((code) => away.push(code));
    await sleep(600); // it tries three times
    expect(away).toEqual(['ECONNREFUSED']);
  });

  it('notices a Redis that says nothing by the first command, and does not wait for it again', async () => {
    const { link, changes } = open(redis().url);
    await until('connected', () => link.available);
    redis().server.pause();
    let startedMs = 0;
    // The signal takes a moment to arrive; until then Redis answers.
    for (let isAnswered = true; isAnswered;) {
      startedMs = performance.now();
      isAnswered = await link
        .run((client) => client.ping())
        .then(
          () => true,
          (error: unknown) => !(error instanceof RedisAway),
        );
    }
    expect(performance.now() - startedMs).toBeGreaterThan(450);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    const againMs = performance.now();
    for (let times = 0; times < 100; times++) {
      await expect(link.run((client) => client.ping())).rejects.toThrow(RedisAway);
    }
    expect(performance.now() - againMs).toBeLessThan(5_000); // each wait would be 500
    redis().server.resume();
    await until('back', () => link.available);
    expect(await link.run((client) => client.ping())).toBe('PONG');
    expect(changes).toEqual([true, false, true]);
  }, 15_000);

  it('takes an answer that arrived while this process was busy', async () => {
    const { link, changes } = open(redis().url);
    await until('connected', () => link.available);
    const answer = link.run((client) => client.ping());
    await new Promise(setImmediate); // written
    const busyUntilMs = performance.now() + 700;
    while (performance.now() < busyUntilMs);
    expect(await answer).toBe('PONG');
    expect(changes).toEqual([true]);
  });

  it('hands on what a command was refused for, and stays', async () => {
    const { link, changes } = open(redis().url);
    await until('connected', () => link.available);
    await expect(link.run((client) => client.eval('return nonsense(', 0))).rejects.toThrow('ERR');
    expect(changes).toEqual([true]);
  });

  it('takes a Redis that lets nobody write for away, until it does', async () => {
    const { link, changes } = open(redis().url);
    await until('connected', () => link.available);
    const { hostname } = new URL(redis().url);
    await link.run((client) => client.replicaof(hostname, 1));
    await expect(link.run((client) => client.set('link-test', '1'))).rejects.toThrow('READONLY');
    expect(link.available).toBe(false);
    const admin = new RedisLink({ url: redis().url });
    links.push(admin);
    await expect(admin.run((client) => client.ping())).rejects.toThrow(RedisAway);
    await redis().server.kill(); // it forgets whose replica it was
    await redis().server.start();
    await until('back', () => link.available);
    expect(changes).toEqual([true, false, true]);
  }, 15_000);

  it('gives a command up with the signal’s reason', async () => {
    const { link } = open(redis().url);
    await until('connected', () => link.available);
    const giveUp = new AbortController();
    const waiting = link.run((client) => client.call('CLIENT', 'NO-EVICT', 'off'), giveUp.signal);
    giveUp.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(link.available).toBe(true);
  });

  it('survives a server that is none', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      socket.resume();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { link, changes } = open(`redis://127.0.0.1:${port}`);
    await sleep(600); // it tries three times
    expect(changes).toEqual([]);
    link.close();
    server.close();
    await once(server, 'close');
  });
});
