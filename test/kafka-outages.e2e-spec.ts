import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BatchingProducer, InMemorySpool, SpoolingSender, createKafkaBus } from '@parley/kafka';
import type { Bus, BusError, IncomingRecord, OutgoingRecord } from '@parley/kafka';
import { freePort, kafkaThroughMaven } from '@parley/provisioning';
import type { LocalKafka } from '@parley/provisioning';
import { until } from '@parley/testing';
import kafkajs, { type Admin } from 'kafkajs';
import { AnswerLosingProxy } from './kafka/answer-losing-proxy.ts';

// The class path is known only where Java and Maven provide Kafka.
const describeWithMaven = process.env['PARLEY_KAFKA_CLASSPATH'] ? describe : describe.skip;

const OUTAGES = 2;
const STEADY_MS = 2;

describeWithMaven('Producing to a broker that fails (needs Kafka through Maven)', () => {
  let kafka: LocalKafka;
  let proxy: AnswerLosingProxy;
  let bus: Bus;
  let admin: Admin;

  beforeAll(async () => {
    const [proxyPort, brokerPort] = [await freePort(), await freePort()];
    proxy = new AnswerLosingProxy(brokerPort);
    await proxy.listen(proxyPort);
    const advertised = `127.0.0.1:${proxyPort}`;
    const context = { report: () => undefined, signal: AbortSignal.timeout(60_000) };
    const started = await kafkaThroughMaven(context, { brokerPort, advertised });
    if (started.kind === 'absent') throw new Error(started.reason);
    kafka = started;
    bus = createKafkaBus({ brokers: [advertised], clientId: 'outages' });
    const client = { brokers: [advertised], clientId: 'reader', logLevel: kafkajs.logLevel.NOTHING };
    admin = new kafkajs.Kafka(client).admin();
    await admin.connect();
    await until('the producer is connected', () => bus.state().producer.connected, { timeoutMs: 20_000 });
  }, 90_000);

  afterAll(async () => {
    await Promise.all([bus.close(), admin.disconnect()]);
    await proxy.close();
    await kafka.stop();
  }, 30_000);

  async function openTopic(partitions: number): Promise<string> {
    const topic = `outages-${randomUUID()}`;
    await bus.ensureTopics([{ topic, partitions }]);
    return topic;
  }

  /** Everything on the topic, and nothing is missing or more: the offsets are counted. */
  async function readAll(topic: string): Promise<IncomingRecord[]> {
    const offsets = await admin.fetchTopicOffsets(topic);
    const total = offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
    const seen: IncomingRecord[] = [];
    const consumer = bus.consume(
      { groupId: `${topic}.reader`, topics: [topic] },
      {
        assigned: () => undefined,
        rebalancing: () => undefined,
        received: ({ records }) => void seen.push(...records),
      },
    );
    await until('all records are read', () => seen.length >= total, { timeoutMs: 20_000 });
    await consumer.close();
    return seen;
  }

  it('writes records once whose acknowledgements are lost with their connections', async () => {
    const topic = await openTopic(3);
    proxy.lose(4);
    await bus.send(records(topic, 60), { timeoutMs: 20_000 });
    expect(proxy.lost).toBe(4);
    await bus.send(records(topic, 60, 60));
    expectOnceInOrder(await readAll(topic), 120);
  }, 60_000);

  it('tells a caller that has left what became of its records, and sends nothing else before', async () => {
    const topic = await openTopic(3);
    await bus.send(records(topic, 60));
    proxy.lose(1, 'silence');
    const failure = (await bus
      .send(records(topic, 60, 60), { timeoutMs: 300 })
      .catch((error: unknown) => error)) as BusError;
    expect(failure).toMatchObject({ name: 'BusError', code: 'TIMEOUT' });
    expect(failure.late).toBeInstanceOf(Promise);
    expect(bus.state().producer.connected).toBe(false);
    await expect(bus.send(records(topic, 1))).rejects.toMatchObject({ code: 'UNAVAILABLE', late: undefined });
    proxy.disconnectAll();
    expect(await failure.late).toBe('written');
    expect(bus.state().producer.connected).toBe(true);
    await bus.send(records(topic, 60, 120));
    expectOnceInOrder(await readAll(topic), 180);
  }, 60_000);

  it('writes each record once, in the order of its key, however often the broker is killed', async () => {
    const topic = await openTopic(3);
    let ended = 0;
    let resolved = 0;
    const sender = new SpoolingSender({
      bus,
      spool: new InMemorySpool(),
      timeoutMs: 500,
      lookEveryMs: 100,
      onEvent: ({ type }) => (ended += type === 'spooling-ended' ? 1 : 0),
    });
    sender.start();
    const producer = new BatchingProducer({ bus: sender });
    const sending = new AbortController();
    let published = 0;
    const steady = every(STEADY_MS, sending.signal, () => {
      void producer.publish(recordOf(topic, published++)).then(() => (resolved += 1));
    });
    for (let outage = 1; outage <= OUTAGES; outage += 1) {
      const upTo = published;
      await until('the bus takes records', () => resolved >= upTo, { timeoutMs: 10_000 });
      await kafka.broker.kill();
      await until('records are spooled', () => sender.state().waiting > 100, { timeoutMs: 10_000 });
      await kafka.broker.start();
      await until('the spool is drained', () => ended === outage, { timeoutMs: 30_000 });
    }
    sending.abort();
    await steady;
    await producer.close({ timeoutMs: 10_000 });
    await until('the spool is empty', () => sender.state().waiting === 0, { timeoutMs: 30_000 });
    await sender.close({ timeoutMs: 5_000 });
    expect(resolved).toBe(published);
    expectOnceInOrder(await readAll(topic), published);
  }, 120_000);
});

async function every(intervalMs: number, signal: AbortSignal, act: () => void): Promise<void> {
  while (!signal.aborted) {
    act();
    await sleep(intervalMs);
  }
}

function records(topic: string, count: number, from = 0): OutgoingRecord[] {
  return Array.from({ length: count }, (_, index) => recordOf(topic, from + index));
}

/** Its value is the number; every third has no key. */
function recordOf(topic: string, number: number): OutgoingRecord {
  return { topic, key: number % 3 === 0 ? null : `key-${number % 7}`, value: String(number) };
}

function expectOnceInOrder(seen: readonly IncomingRecord[], count: number): void {
  const numbers = seen.map(({ value }) => Number(value));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
  for (const [key, ofKey] of Map.groupBy(seen, (record) => String(record.key))) {
    if (key === 'null') continue;
    const order = ofKey.map(({ value }) => Number(value));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
}
