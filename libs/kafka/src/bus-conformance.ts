import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, IncomingRecord, OutgoingRecord } from './bus.ts';
import type { ConformanceRunner } from './conformance-runner.ts';
import { HANDLER_FAILED, KeyOrderedConsumer } from './consumer/key-ordered-consumer.ts';
import type { KeyOrderedConsumerOptions, RecordHandler } from './consumer/key-ordered-consumer.ts';

/** What every bus guarantees together with the consumer on it, whatever carries the records. */
export function busConformance(runner: ConformanceRunner, name: string, makeBus: () => Bus): void {
  const { describe, it, beforeAll, afterAll } = runner;

  describe(`${name} as a bus`, () => {
    let bus: Bus;
    const stage = new Stage(() => bus);
    const check = (guarantee: string, test: () => Promise<void>): void =>
      it(guarantee, () => test().finally(() => stage.clear()), TEST_TIMEOUT_MS);

    beforeAll(() => {
      bus = makeBus();
    });
    afterAll(() => bus.close(), TEST_TIMEOUT_MS);

    check('keeps the order of each key', async () => {
      const { topic } = await stage.open(4);
      const sent = Array.from({ length: 600 }, (_, index) => ({
        topic,
        key: `key-${index % 40}`,
        value: String(index),
      }));
      await bus.send(sent);
      const seen: IncomingRecord[] = [];
      stage.consume(async (record) => {
        await sleep(Math.random() * 3);
        seen.push(record);
        return DONE;
      });
      await until(() => seen.length === sent.length, 'all records are handled');
      const orders = Map.groupBy(seen, ({ key }) => String(key));
      assert.equal(orders.size, 40);
      for (const [key, records] of orders) {
        const expected = sent.filter((record) => record.key === key).map(({ value }) => value);
        assert.deepEqual(records.map(valueOf), expected);
      }
    });

    check('runs different keys of one partition at the same time', async () => {
      const { topic } = await stage.open(1);
      const running = new Set<string>();
      const together = Promise.withResolvers<undefined>();
      stage.consume(async (record) => {
        running.add(String(record.key));
        if (running.size === 5) together.resolve(undefined);
        await together.promise;
        return DONE;
      });
      await bus.send(['a', 'b', 'c', 'd', 'e'].map((key) => ({ topic, key, value: key })));
      await until(() => running.size === 5, 'five keys run together');
    });

    check('carries bytes, headers, null keys and tombstones unchanged', async () => {
      const { topic } = await stage.open(1);
      const bytes = Buffer.from([0, 255, 195, 40, 10, 0]);
      const seen = stage.collect();
      await bus.send([
        { topic, key: bytes, value: bytes, headers: { raw: bytes, text: 'é', empty: '' } },
        { topic, key: null, value: 'no key' },
        { topic, key: 'gone', value: null },
        { topic, key: '', value: '', headers: { __proto__x: 'x', twice: [Buffer.from('1'), bytes] } },
      ]);
      await until(() => seen.length === 4, 'four records arrive');
      const [binary, noKey, tombstone, empty] = seen.toSorted((a, b) => Number(a.offset - b.offset));
      assert.ok(binary && noKey && tombstone && empty);
      assert.deepEqual(binary.key, bytes);
      assert.deepEqual(binary.value, bytes);
      assert.deepEqual({ ...binary.headers }, { raw: bytes, text: Buffer.from('é'), empty: Buffer.alloc(0) });
      assert.equal(binary.repeatedHeaders, undefined);
      assert.equal(noKey.key, null);
      assert.equal(tombstone.value, null);
      assert.equal(String(tombstone.key), 'gone');
      assert.deepEqual(empty.key, Buffer.alloc(0));
      assert.deepEqual(empty.value, Buffer.alloc(0));
      assert.deepEqual(empty.headers['twice'], bytes);
      assert.deepEqual(empty.repeatedHeaders?.['twice'], [Buffer.from('1'), bytes]);
      assert.ok(Math.abs(Date.now() - binary.timestampMs) < 60_000);
    });

    check('resumes behind what was committed at closing', async () => {
      const { topic } = await stage.open(2);
      await bus.send(numbered(topic, 0, 30));
      const first: IncomingRecord[] = [];
      const consumer = stage.consume(collectInto(first));
      await until(() => first.length === 30, 'the first records are handled');
      await consumer.close({ graceMs: 1_000 });
      await bus.send(numbered(topic, 30, 40));
      const second = stage.collect();
      await until(() => second.length >= 10, 'the later records arrive');
      assert.deepEqual(
        second.map(valueOf).toSorted(),
        numbered(topic, 30, 40).map(({ value }) => value),
      );
    });

    check('commits nothing beyond the oldest unsettled record', async () => {
      const { topic } = await stage.open(1);
      await bus.send(numbered(topic, 0, 10));
      const settled: string[] = [];
      const consumer = stage.consume(async (record, { signal }) => {
        if (valueOf(record) === '3') await aborted(signal);
        settled.push(valueOf(record));
        return DONE;
      });
      await until(() => settled.length === 9, 'all but one are settled');
      await consumer.close({ graceMs: 0 });
      assert.ok(!settled.includes('3'));
      const again = stage.collect();
      await until(() => again.length >= 7, 'the unsettled one and what followed it come again');
      assert.deepEqual(again.map(valueOf).toSorted(), ['3', '4', '5', '6', '7', '8', '9']);
    });

    check('bounds the work in flight and pauses the partition meanwhile', async () => {
      const { topic } = await stage.open(1);
      const total = 400;
      await bus.send(numbered(topic, 0, total));
      const events = new Set<string>();
      let running = 0;
      let mostRunning = 0;
      let handled = 0;
      stage.consume(
        async () => {
          mostRunning = Math.max(mostRunning, (running += 1));
          await sleep(2);
          running -= 1;
          handled += 1;
          return DONE;
        },
        { maxInFlight: 7, highWaterRecords: 50, onEvent: ({ type }) => events.add(type) },
      );
      await until(() => handled >= total, 'all records are handled');
      assert.equal(mostRunning, 7);
      assert.ok(events.has('partition-paused') && events.has('partition-resumed'));
      await bus.send(numbered(topic, total, total + 10));
      await until(() => handled >= total + 10, 'it goes on after the pause');
      assert.equal(handled, total + 10);
    });

    check('puts a dead letter aside byte for byte, with its story', async () => {
      const { topic, deadLetterTopic } = await stage.open(1);
      const bytes = Buffer.from([1, 0, 254, 195, 40]);
      const headers = { traceparent: '00-1', raw: bytes, twice: [Buffer.from('1'), Buffer.from('2')] };
      await bus.send([
        { topic, key: bytes, value: bytes, headers },
        { topic, key: 'next', value: 'fine' },
        { topic, key: 'bug', value: 'throws' },
      ]);
      const done: string[] = [];
      stage.consume((record) => {
        if (valueOf(record) === 'throws') throw new TypeError('secret content');
        if (valueOf(record) !== 'fine') {
          return Promise.resolve({ kind: 'dead-letter', reason: 'UNREADABLE', message: 'not JSON' });
        }
        done.push(valueOf(record));
        return Promise.resolve(DONE);
      });
      const letters = stage.collect(deadLetterTopic);
      await until(() => letters.length === 2, 'two dead letters arrive');
      assert.deepEqual(done, ['fine']);
      const unreadable = letters.find(({ key }) => key?.equals(bytes));
      const failed = letters.find(({ key }) => String(key) === 'bug');
      assert.ok(unreadable && failed);
      assert.deepEqual(unreadable.value, bytes);
      assert.deepEqual(unreadable.headers['raw'], bytes);
      assert.deepEqual(unreadable.repeatedHeaders?.['twice'], headers.twice);
      assert.equal(headerOf(unreadable, 'traceparent'), '00-1');
      assert.equal(headerOf(unreadable, 'dlq-reason'), 'UNREADABLE');
      assert.equal(headerOf(unreadable, 'dlq-message'), 'not JSON');
      assert.equal(headerOf(unreadable, 'dlq-original-topic'), topic);
      assert.equal(headerOf(unreadable, 'dlq-original-partition'), '0');
      assert.equal(headerOf(unreadable, 'dlq-original-offset'), '0');
      assert.ok(Math.abs(Date.parse(headerOf(unreadable, 'dlq-time')) - Date.now()) < 60_000);
      assert.equal(headerOf(failed, 'dlq-reason'), HANDLER_FAILED);
      assert.equal(headerOf(failed, 'dlq-message'), 'The handler threw TypeError');
    });

    check('shares partitions between members, and a member that leaves hands over', async () => {
      const { topic } = await stage.open(4);
      const [ofFirst, ofSecond]: [IncomingRecord[], IncomingRecord[]] = [[], []];
      const first = stage.consume(collectInto(ofFirst));
      const second = stage.consume(collectInto(ofSecond));
      await until(
        () => first.state().partitions === 2 && second.state().partitions === 2,
        'both have a share',
      );
      await bus.send(numbered(topic, 0, 100));
      await until(() => ofFirst.length + ofSecond.length >= 100, 'both work');
      assert.ok(ofFirst.length > 0 && ofSecond.length > 0);
      await first.close({ graceMs: 1_000 });
      await until(() => second.state().partitions === 4, 'the other takes over');
      await bus.send(numbered(topic, 100, 200));
      await until(() => ofFirst.length + ofSecond.length >= 200, 'nothing is lost');
      const values = [...ofFirst, ...ofSecond].map(valueOf);
      assert.equal(new Set(values).size, 200);
      assert.equal(values.length, 200, 'a clean hand over repeats nothing');
    });

    check('never runs a record beside itself when the group is reassigned', async () => {
      const { topic } = await stage.open(4);
      const gate = Promise.withResolvers<undefined>();
      const running = new Map<string, number>();
      const handled: string[] = [];
      const handler: RecordHandler = async (record) => {
        const id = `${record.partition}/${record.offset}`;
        const beside = running.get(id) ?? 0;
        assert.equal(beside, 0);
        running.set(id, beside + 1);
        await gate.promise;
        running.set(id, beside);
        handled.push(id);
        return DONE;
      };
      const first = stage.consume(handler);
      await bus.send(numbered(topic, 0, 100));
      await until(() => first.state().inFlight === 100, 'all records are in flight');
      const second = stage.consume(() => new Promise(() => undefined));
      await until(() => second.state().partitions === 2, 'the second has its share');
      await second.close({ graceMs: 0 });
      await until(() => first.state().partitions === 4, 'the first has all again');
      gate.resolve(undefined);
      await until(() => new Set(handled).size === 100 && first.state().waiting === 0, 'all are handled');
      const kept = [...Map.groupBy(handled, (id) => id).values()].filter((each) => each.length === 1);
      assert.ok(kept.length > 0, 'what stayed with its member was handled once');
    });

    check('reads what several members of other groups read, each for itself', async () => {
      const { topic } = await stage.open(2);
      await bus.send(numbered(topic, 0, 20));
      const [one, other] = [stage.collect(topic), stage.collect(topic)];
      await until(() => one.length === 20 && other.length === 20, 'both groups have read all');
    });

    it('refuses to send once closed', async () => {
      const closed = makeBus();
      await closed.close();
      await assert.rejects(closed.send([{ topic: 't', key: null, value: 'x' }]), { code: 'CLOSED' });
    });
  });
}

/** The topics, group and consumers of one test. */
class Stage {
  readonly #bus: () => Bus;
  readonly #consumers: KeyOrderedConsumer[] = [];
  #names = { topic: '', deadLetterTopic: '', groupId: '' };

  constructor(bus: () => Bus) {
    this.#bus = bus;
  }

  async open(partitions: number): Promise<{ topic: string; deadLetterTopic: string }> {
    const topic = `conformance-${randomUUID()}`;
    this.#names = { topic, deadLetterTopic: `${topic}.dlq`, groupId: `${topic}.group` };
    const { deadLetterTopic } = this.#names;
    await this.#bus().ensureTopics([
      { topic, partitions },
      { topic: deadLetterTopic, partitions: 1 },
    ]);
    return { topic, deadLetterTopic };
  }

  consume(handler: RecordHandler, options: Partial<KeyOrderedConsumerOptions> = {}): KeyOrderedConsumer {
    const { topic, ...names } = this.#names;
    const consumer = new KeyOrderedConsumer({
      bus: this.#bus(),
      topics: [topic],
      ...names,
      handler,
      commitIntervalMs: 50,
      ...options,
    });
    this.#consumers.push(consumer);
    consumer.start();
    return consumer;
  }

  /** The test's own group on its topic, or a group of its own on another. */
  collect(topic?: string): IncomingRecord[] {
    const seen: IncomingRecord[] = [];
    this.consume(
      collectInto(seen),
      topic === undefined ? {} : { topics: [topic], groupId: `${topic}.${randomUUID()}` },
    );
    return seen;
  }

  async clear(): Promise<void> {
    await Promise.all(this.#consumers.splice(0).map((consumer) => consumer.close({ graceMs: 0 })));
  }
}

const TEST_TIMEOUT_MS = 60_000;
const DONE = { kind: 'done' } as const;

function collectInto(seen: IncomingRecord[]): RecordHandler {
  return (record) => {
    seen.push(record);
    return Promise.resolve(DONE);
  };
}

function numbered(topic: string, from: number, to: number): OutgoingRecord[] {
  return Array.from({ length: to - from }, (_, index) => ({
    topic,
    key: `key-${from + index}`,
    value: String(from + index),
  }));
}

function valueOf({ value }: IncomingRecord): string {
  return String(value);
}

function headerOf({ headers }: IncomingRecord, name: string): string {
  return String(headers[name]);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}

async function until(condition: () => boolean, what: string, timeoutMs = 45_000): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(5);
  }
}
