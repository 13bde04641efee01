import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { INestMicroservice } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Bus, IncomingRecord } from '../bus.ts';
import type { ConsumerEvent } from '../consumer/consumer-event.ts';
import type { RecordVerdict } from '../consumer/key-ordered-consumer.ts';
import { createMemoryBus } from '../memory/memory-bus.ts';
import { KafkaStrategy } from './kafka-strategy.ts';
import { RecordContext } from './record-context.ts';

const seen: { record: IncomingRecord; context: RecordContext }[] = [];

@Controller()
class OrdersController {
  // Named, because the overloads of Nest would otherwise take the context for `unknown`.
  @EventPattern<'orders'>('orders')
  handle(
    @Payload() record: IncomingRecord,
    @Ctx() context: RecordContext,
  ): Promise<RecordVerdict> | Observable<RecordVerdict> | undefined {
    seen.push({ record, context });
    switch (String(record.value)) {
      case 'throws':
        throw new TypeError('secret content');
      case 'nothing':
        return undefined;
      case 'observable':
        return of({ kind: 'done' });
      case 'bad':
        return Promise.resolve({ kind: 'dead-letter', reason: 'BAD', message: 'no good' });
      default:
        return Promise.resolve({ kind: 'done' });
    }
  }
}

describe('KafkaStrategy', () => {
  let bus: Bus;
  let app: INestMicroservice | undefined;

  afterEach(async () => {
    await app?.close();
    app = undefined;
    await bus.close();
    seen.length = 0;
  });

  async function start(topics: Record<string, string>): Promise<{
    strategy: KafkaStrategy;
    events: ConsumerEvent[];
  }> {
    bus = createMemoryBus();
    const events: ConsumerEvent[] = [];
    const strategy = new KafkaStrategy({
      bus,
      groupId: 'g',
      topics,
      deadLetterTopic: 'orders.v1.dlq',
      onEvent: (event) => events.push(event),
    });
    const testing = await Test.createTestingModule({ controllers: [OrdersController] }).compile();
    testing.useLogger(false);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares options as a class
    app = testing.createNestMicroservice({ strategy });
    await app.listen();
    return { strategy, events };
  }

  it('feeds a plain event handler with the record and its context, and settles by its verdict', async () => {
    const { strategy } = await start({ orders: 'orders.v1' });
    await bus.send(['one', 'observable'].map((value) => ({ topic: 'orders.v1', key: value, value })));
    await until(() => strategy.state()?.lastSettledMs !== undefined && seen.length === 2);
    const one = seen.find(({ record }) => String(record.value) === 'one');
    expect(one?.context).toBeInstanceOf(RecordContext);
    expect(one?.context).toMatchObject({ topic: 'orders.v1', offset: one?.record.offset });
    expect(one?.context.signal.aborted).toBe(false);
    await until(() => strategy.state()?.lag === 0n);
  });

  it('sends a failing handler’s record to the dead letter topic, and so one without a verdict', async () => {
    const { events } = await start({ orders: 'orders.v1' });
    await bus.send(['throws', 'nothing', 'bad'].map((value) => ({ topic: 'orders.v1', key: value, value })));
    const reasons = (): string[] =>
      events.flatMap((event) => (event.type === 'dead-lettered' ? [event.reason] : []));
    await until(() => reasons().length === 3);
    expect(reasons().toSorted()).toEqual(['BAD', 'HANDLER_FAILED', 'HANDLER_FAILED']);
  });

  it('refuses to start with a pattern that has no handler', async () => {
    await expect(start({ orders: 'orders.v1', other: 'other.v1' })).rejects.toThrow('other');
  });

  it('refuses to start with a handler that has no topic', async () => {
    await expect(start({})).rejects.toThrow('orders');
  });
});

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error('Waited in vain');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
