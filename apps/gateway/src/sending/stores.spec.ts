import 'reflect-metadata';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { LocalSlotClock } from '@parley/sender';
import { RedisSlotClock } from '@parley/redis';
import { until } from '@parley/testing';
import type { Configuration } from '../configuration/configuration.ts';
import { loadConfiguration } from '../configuration/load-configuration.ts';
import { createStores } from './stores.ts';
import type { StoreEvent } from './stores.ts';

function configured(variables: Readonly<Record<string, string>>): Configuration {
  const loading = loadConfiguration({
    variables: { INSIDER_AUTH_KEY: 'INS.key-of-the-tests', ...variables },
    readFile: () => '',
    version: '0.0.0',
  });
  if (loading.kind === 'invalid') throw new Error(loading.problems.join('\n'));
  return loading.configuration;
}

describe('createStores', () => {
  it('tells once why a Redis is not there from the start, however often it is tried', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('-LOADING Redis is loading the dataset in memory\r\n'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const events: StoreEvent[] = [];
    const stores = createStores(configured({ REDIS_URL: `redis://127.0.0.1:${port}` }), (event) =>
      events.push(event),
    );
    try {
      await until('tried again', () => connections === 3);
      expect(events).toEqual([{ kind: 'redis-away', code: 'LOADING' }]);
    } finally {
      await stores.close();
      server.close();
      await once(server, 'close');
    }
  });

  it.each([
    ['grpc', RedisSlotClock],
    ['consumer', RedisSlotClock],
    ['callbacks', LocalSlotClock],
  ])('takes part in the limits of a shared Redis only where messages are taken: %s', async (role, slots) => {
    const stores = createStores(
      configured({ REDIS_URL: 'redis://127.0.0.1:1', ROLES: role }),
      () => undefined,
    );
    try {
      expect(stores.slotsOf('default')).toBeInstanceOf(slots);
    } finally {
      await stores.close();
    }
  });
});
