import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import { RedisAway } from './redis-away.ts';
import { RedisLink } from './redis-link.ts';
import { RedisScript } from './redis-script.ts';

const PHONE_NUMBER = '+15550001234';
const SCRIPT = new RedisScript('return 1');

let link: RedisLink;
let server: Server;

afterEach(async () => {
  link.close();
  server.close();
  await once(server, 'close');
});

/** A server that lets the link connect, and answers everything that it is asked then with the given line. */
async function connectedTo(reply: string): Promise<{ away: string[] }> {
  let asked = 0;
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      asked += 1;
      socket.write(asked === 1 ? '$-1\r\n' : `${reply}\r\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  link = new RedisLink({ url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}` });
  const away: string[] = [];
  link.onAway((code) => away.push(code));
  await until('connected', () => link.available);
  return { away };
}

function refusal(): Promise<unknown> {
  return link.evaluate(SCRIPT, { keys: [], args: [PHONE_NUMBER] }).catch((error: unknown) => error);
}

const OF_NO_USE = [
  ['OOM', '-OOM command not allowed when used memory > maxmemory. script: f_1, on @user_script:1.'],
  [
    'OOM',
    '-ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -OOM command not allowed when used memory > maxmemory.',
  ],
  [
    'READONLY',
    '-ERR Error running script (call to f_1): @user_script:7: @user_script: 7: -READONLY You can’t write against a read only replica.',
  ],
] as const;

const REFUSED = [
  ['ERR', '-ERR unknown command, with args beginning with: +15550001234'],
  ['WRONGTYPE', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
  ['WRONGTYPE', '-ERR Error running script (call to f_1): @user_script:1: WRONGTYPE Operation against a key'],
  ['ERR', '-ERR Error running script (call to f_1): @user_script:1: Unknown Redis command called from Lua'],
  ['ERR', `-${PHONE_NUMBER} is nothing that Redis says`],
] as const;

describe('a script that Redis does not run', () => {
  it.each([...OF_NO_USE, ...REFUSED])('fails with nothing but a code: %s of %s', async (code, reply) => {
    await connectedTo(reply);
    const error = await refusal();
    expect(error).toBeInstanceOf(RedisAway);
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(PHONE_NUMBER);
  });

  it.each(OF_NO_USE)('tells that Redis is of no use to anybody: %s of %s', async (code, reply) => {
    const { away } = await connectedTo(reply);
    await refusal();
    expect(link.available).toBe(false);
    expect(away).toEqual([code]);
  });

  it.each(REFUSED)('leaves the connection to the others: %s of %s', async (_code, reply) => {
    const { away } = await connectedTo(reply);
    await refusal();
    expect(link.available).toBe(true);
    expect(away).toEqual([]);
  });
});
