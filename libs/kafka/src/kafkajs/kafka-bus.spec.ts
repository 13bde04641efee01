import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { BusEvent } from '../bus-event.ts';
import type { Bus } from '../bus.ts';
import { createKafkaBus } from './kafka-bus.ts';

const listener = { assigned: () => undefined, rebalancing: () => undefined, received: () => undefined };

describe('A Kafka bus whose broker is away', () => {
  it('is created at once, refuses to send as UNAVAILABLE, and keeps trying', async () => {
    const events: BusEvent[] = [];
    const bus = createKafkaBus({
      brokers: [`127.0.0.1:${await freePort()}`],
      clientId: 'test',
      onEvent: (event) => events.push(event),
    });
    bus.consume({ groupId: 'g', topics: ['t'] }, listener);
    await expect(bus.send([{ topic: 't', key: null, value: 'v' }])).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    });
    await until(() => events.filter(({ type }) => type === 'producer-disconnected').length >= 2);
    await until(() => events.some(({ type }) => type === 'consumer-crashed'));
    expect(bus.state()).toMatchObject({ producer: { connected: false }, consumers: [{ connected: false }] });
    await bus.close();
  }, 60_000);

  it('ends a send at its deadline when the broker accepts and stays silent', async () => {
    await withSilentBroker(async (bus) => {
      const startMs = Date.now();
      await expect(
        bus.send([{ topic: 't', key: null, value: 'v' }], { timeoutMs: 100 }),
      ).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(Date.now() - startMs).toBeLessThan(2_000);
    });
  }, 60_000);

  it('ends a send when its caller gives it up', async () => {
    await withSilentBroker(async (bus) => {
      const signal = AbortSignal.timeout(50);
      await expect(bus.send([{ topic: 't', key: null, value: 'v' }], { signal })).rejects.toMatchObject({
        code: 'ABORTED',
      });
    });
  }, 60_000);
});

async function withSilentBroker(test: (bus: Bus) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const bus = createKafkaBus({ brokers: [`127.0.0.1:${port}`], clientId: 'test' });
  try {
    await test(bus);
  } finally {
    server.close();
    await bus.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error('Waited in vain');
    await sleep(10);
  }
}
