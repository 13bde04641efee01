import { describe, expect, it } from '@jest/globals';
import { BatchingProducer } from './batching-producer.ts';
import { BusError } from './bus-error.ts';
import type { OutgoingRecord } from './bus.ts';

describe('BatchingProducer', () => {
  it('sends at once when idle, and together what came during a request', async () => {
    const bus = new HeldBus();
    const producer = new BatchingProducer({ bus });
    const first = producer.publish(record('1'));
    await bus.requested(1);
    const later = ['2', '3', '4'].map((value) => producer.publish(record(value)));
    expect(bus.values).toEqual([['1']]);
    bus.answer(0);
    await first;
    await bus.requested(2);
    expect(bus.values).toEqual([['1'], ['2', '3', '4']]);
    bus.answer(1);
    await Promise.all(later);
  });

  it('keeps the order of publishing over batches bounded by records', async () => {
    const bus = new HeldBus({ answerAtOnce: true });
    const producer = new BatchingProducer({ bus, maxRecords: 3 });
    await Promise.all(['1', '2', '3', '4', '5', '6', '7'].map((value) => producer.publish(record(value))));
    expect(bus.values).toEqual([['1', '2', '3'], ['4', '5', '6'], ['7']]);
  });

  it('bounds a batch by bytes, and sends a larger record alone', async () => {
    const bus = new HeldBus({ answerAtOnce: true });
    const producer = new BatchingProducer({ bus, maxBytes: 500 });
    const large = 'x'.repeat(1_000);
    await Promise.all(['1', '2', large, '3'].map((value) => producer.publish(record(value))));
    expect(bus.values).toEqual([['1', '2'], [large], ['3']]);
  });

  it('rejects with OVERLOADED beyond its bound', async () => {
    const bus = new HeldBus();
    const producer = new BatchingProducer({ bus, maxPending: 2 });
    const waiting = [producer.publish(record('1')), producer.publish(record('2'))];
    await expect(producer.publish(record('3'))).rejects.toMatchObject({ code: 'OVERLOADED' });
    await bus.requested(1);
    bus.answer(0);
    await Promise.all(waiting);
  });

  it('rejects every record of a failed request, retries none, and goes on', async () => {
    const bus = new HeldBus();
    const producer = new BatchingProducer({ bus });
    const failing = Promise.allSettled([producer.publish(record('1')), producer.publish(record('2'))]);
    await bus.requested(1);
    bus.answer(0, new BusError('UNAVAILABLE', 'away'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = producer.publish(record('3'));
    await bus.requested(2);
    bus.answer(1);
    await next;
    expect(bus.values).toEqual([['1', '2'], ['3']]);
  });

  it('flushes when it closes, and rejects afterwards', async () => {
    const bus = new HeldBus({ answerAtOnce: true });
    const producer = new BatchingProducer({ bus });
    const published = producer.publish(record('1'));
    await producer.close({ timeoutMs: 1_000 });
    await published;
    await expect(producer.publish(record('2'))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('gives up at the deadline of closing and says so to each record', async () => {
    const bus = new HeldBus();
    const producer = new BatchingProducer({ bus, maxRecords: 1 });
    void producer.publish(record('sent'));
    await bus.requested(1);
    const waiting = producer.publish(record('waiting'));
    const [settled] = await Promise.allSettled([waiting, producer.close({ timeoutMs: 5 })]);
    expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'CLOSED' } });
    bus.answer(0);
  });
});

/** Answers a request when told to. */
class HeldBus {
  readonly values: string[][] = [];
  readonly #answers: PromiseWithResolvers<void>[] = [];
  readonly #answerAtOnce: boolean;

  constructor({ answerAtOnce = false } = {}) {
    this.#answerAtOnce = answerAtOnce;
  }

  send(records: readonly OutgoingRecord[]): Promise<void> {
    this.values.push(records.map(({ value }) => String(value)));
    if (this.#answerAtOnce) return Promise.resolve();
    const answer = Promise.withResolvers<void>();
    this.#answers.push(answer);
    return answer.promise;
  }

  async requested(count: number): Promise<void> {
    for (let turn = 0; turn < 100 && this.values.length < count; turn += 1) await Promise.resolve();
    expect(this.values).toHaveLength(count);
  }

  answer(request: number, error?: BusError): void {
    if (error) this.#answers[request]?.reject(error);
    else this.#answers[request]?.resolve();
  }
}

function record(value: string): OutgoingRecord {
  return { topic: 't', key: 'k', value };
}
