import { afterEach, describe, expect, it } from '@jest/globals';
import type { BusEvent } from '../bus-event.ts';
import type { Client } from './client.ts';
import { KafkaConsumer } from './kafka-consumer.ts';

const MEMBER = { memberId: 'm', memberAssignment: { t: [0] } };

describe('KafkaConsumer', () => {
  let consumer: KafkaConsumer | undefined;
  let events: BusEvent[] = [];
  afterEach(() => consumer?.close());

  /** Each session joins, does that and crashes; resolves with how long the consumer waits after each of them. */
  async function waitsAfter(sessions: number, meanwhile: (session: FakeConsumer) => void): Promise<number[]> {
    events = [];
    const enough = Promise.withResolvers<void>();
    consumer = new KafkaConsumer({
      createClient: () =>
        clientOf((session) => {
          session.emit('consumer.group_join', MEMBER);
          meanwhile(session);
          session.emit('consumer.crash', { error: new Error('failed') });
        }),
      subscription: { groupId: 'g', topics: ['t'] },
      listener: { assigned: () => undefined, rebalancing: () => undefined, received: () => undefined },
      onEvent: (event) => {
        events.push(event);
        if (waits().length === sessions) enough.resolve();
      },
    });
    await enough.promise;
    return waits();
  }

  function waits(): number[] {
    return events.flatMap((event) => (event.type === 'consumer-crashed' ? [event.retryInMs] : []));
  }

  it('waits longer and longer when it joins the group and cannot fetch, so that the others have calm', async () => {
    const [, , third] = await waitsAfter(3, () => undefined);
    expect(third).toBeGreaterThanOrEqual(1_000);
  });

  it('is back soon after a crash when it had fetched before', async () => {
    const [, , third] = await waitsAfter(3, (session) => session.emit('consumer.fetch', {}));
    expect(third).toBeLessThanOrEqual(500);
  });
});

/** As much of a kafkajs consumer as a session asks for. */
class FakeConsumer {
  readonly #listeners = new Map<string, (event: object) => void>();
  readonly #live: (session: FakeConsumer) => void;

  constructor(live: (session: FakeConsumer) => void) {
    this.#live = live;
  }

  on(name: string, listener: (event: object) => void): void {
    this.#listeners.set(name, listener);
  }

  emit(name: string, payload: object): void {
    this.#listeners.get(name)?.({ payload });
  }

  connect = (): Promise<void> => Promise.resolve();
  subscribe = (): Promise<void> => Promise.resolve();
  disconnect = (): Promise<void> => Promise.resolve();

  run(): Promise<void> {
    this.#live(this);
    return Promise.resolve();
  }
}

function clientOf(live: (session: FakeConsumer) => void): Client {
  const kafka = { consumer: () => new FakeConsumer(live) };
  return { kafka, destroy: () => undefined } as unknown as Client;
}
