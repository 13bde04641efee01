import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createKafkaBus, readTopic } from '@parley/kafka';
import type { IncomingRecord } from '@parley/kafka';
import { until } from '@parley/testing';
import kafkajs from 'kafkajs';
import type { Message } from 'kafkajs';
import { withForeignProducer } from '../kafka/foreign-producer.ts';
import { SHARED_KAFKA_BROKERS } from '../kafka/shared-kafka.ts';
import { ConsumerStage } from './consumer/consumer-stage.ts';
import { describeWithKafkaAndRedis } from './consumer/describe-with-kafka-and-redis.ts';
import { poisons } from './consumer/poison.ts';
import type { Poison, SendableValue } from './consumer/poison.ts';
import { resultOf } from './consumer/settled-records.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';

const { CompressionTypes } = kafkajs;
/** In turn, over the poisons. */
const CODECS = ['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const;
/** Of the partition: no second without something settled. */
const STANDSTILL_MS = 1_000;
/** Around each poison, in its own batch: before it and behind it. */
const GOOD_AROUND = 3;
const SETTLE_TIMEOUT_MS = 60_000;
const REPLAY_TIMEOUT_MS = 60_000;
const SETUP_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = 120_000;

describeWithKafkaAndRedis(
  'Poison between the records of one partition (needs KAFKA_BROKERS and REDIS_URL)',
  poisonedPartition,
);

function poisonedPartition(): void {
  let stage: ConsumerStage;
  let member: GatewayProcess;
  let pid: number | undefined;
  let good: readonly SendableValue[];
  let bad: readonly (Poison & { readonly offset: bigint })[];

  beforeAll(async () => {
    stage = await ConsumerStage.set('poison', {
      partitions: 1,
      recipients: 1,
      policies: ['resend'],
      latencyMs: 5,
      settings: { INSIDER_RATE_LIMIT_PER_SECOND: '50' },
    });
    // All there before anybody reads them: otherwise the producer's pauses would look like the partition's.
    ({ good, bad } = await producePoisoned(stage));
    member = await stage.startMember({ name: 'member' });
    ({ pid } = member);
    await until(
      'all are settled',
      () => stage.results.records.length >= good.length && stage.deadLetters.records.length >= bad.length,
      { timeoutMs: SETTLE_TIMEOUT_MS },
    );
    await stage.calmDown({ timeoutMs: SETTLE_TIMEOUT_MS });
    tell({ good: good.length, bad: bad.length, longestGapMs: longestGapMs(stage) });
  }, SETUP_TIMEOUT_MS + RUN_TIMEOUT_MS);

  afterAll(() => stage.close(), SETUP_TIMEOUT_MS);

  it('goes to the dead letter topic, each record once, byte for byte, with its headers', () => {
    const { topics } = stage.setup;
    const sent = new Map(stage.sent.records.map((record) => [record.offset, record]));
    const letters = stage.deadLetters.records;
    const offsetOf = ({ headers }: IncomingRecord): bigint => BigInt(String(headers['dlq-original-offset']));
    expect(letters.map(offsetOf).toSorted(compare)).toEqual(
      bad.map(({ offset }) => offset).toSorted(compare),
    );
    for (const letter of letters) {
      const original = sent.get(offsetOf(letter));
      const { name, reason } = bad.find(({ offset }) => offset === original?.offset) ?? {};
      const sameValue = Buffer.compare(letter.value ?? NO_VALUE, original?.value ?? NO_VALUE) === 0;
      expect({ name, sameValue, isNull: letter.value === null }).toEqual({
        name,
        sameValue: true,
        isNull: original?.value === null,
      });
      expect({ name, key: letter.key }).toEqual({ name, key: original?.key });
      expect({ name, ...headersOf(letter) }).toEqual({
        name,
        headers: {
          ...headersOf(original).headers,
          'dlq-reason': reason,
          'dlq-message': expect.stringMatching(/./),
          'dlq-original-topic': topics.send,
          'dlq-original-partition': '0',
          'dlq-original-offset': String(original?.offset),
          'dlq-time': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        },
        repeated: headersOf(original).repeated,
      });
    }
  });

  it(
    'is put back by parley replay byte for byte, with its headers, without its story',
    async () => {
      const { topics } = stage.setup;
      const replayed = `${topics.send}.replayed`;
      const connection = { brokers: SHARED_KAFKA_BROKERS.split(','), clientId: 'poison' };
      const bus = createKafkaBus(connection);
      await bus.ensureTopics([{ topic: replayed, partitions: 1 }]);
      await bus.close();
      const args = ['--brokers', SHARED_KAFKA_BROKERS, '--dlq', topics.dlq, '--topic', replayed, '--write'];
      const { stdout } = await promisify(execFile)(process.execPath, [PARLEY, 'replay', ...args], {
        timeout: REPLAY_TIMEOUT_MS,
      });
      expect(stdout).toMatch(new RegExp(`^${bad.length} put back$`, 'm'));
      const records: IncomingRecord[] = [];
      await readTopic(replayed, connection, {
        onRecords: (more) => Promise.resolve(void records.push(...more)),
      });
      const sent = new Map(stage.sent.records.map((record) => [record.offset, record]));
      const originals = stage.deadLetters.records.map(({ headers }) =>
        sent.get(BigInt(String(headers['dlq-original-offset']))),
      );
      expect(records.map(contentOf)).toEqual(originals.map(contentOf));
    },
    RUN_TIMEOUT_MS,
  );

  it('keeps no record around it from being sent, once each and in order', async () => {
    const arrivals = await stage.provider.arrivals();
    const bodies = arrivals.flatMap((arrival) => arrival.bodies);
    expect(bodies.toSorted()).toEqual(good.map(({ text }) => text.body).toSorted());
    const outcomes = stage.results.records
      .map(resultOf)
      .map(({ messageId, outcome }) => [messageId, outcome]);
    expect(outcomes.toSorted()).toEqual(good.map(({ messageId }) => [messageId, 'ACCEPTED']).toSorted());
  });

  it('never makes the partition stand still for a second', () => {
    expect(longestGapMs(stage)).toBeLessThan(latencyBoundMs(STANDSTILL_MS));
  });

  it('ends or restarts neither the process nor its consumer', () => {
    expect(member.pid).toBe(pid);
    expect(member.log.of('consumer-crashed')).toEqual([]);
    expect(member.log.of('handler-failed')).toEqual([]);
    expect(member.log.noise).toEqual([]);
  });

  it('leaves nothing uncommitted', async () => {
    expect(await stage.view.lag(stage.setup.topics.send)).toBe(0n);
  });
}

interface Produced {
  readonly good: readonly SendableValue[];
  readonly bad: readonly (Poison & { readonly offset: bigint })[];
}

/** Each poison rides in the middle of a batch of good records, whose compression is another one each time. */
async function producePoisoned({ setup }: ConsumerStage): Promise<Produced> {
  const good: SendableValue[] = [];
  const bad: (Poison & { readonly offset: bigint })[] = [];
  let made = 0;
  const valid = (): SendableValue => {
    made += 1;
    const messageId = `${setup.account}-${String(made).padStart(4, '0')}`;
    const phoneNumber = `+4915110${String(made).padStart(6, '0')}`;
    return { messageId, account: setup.account, phoneNumber, text: { body: messageId } };
  };
  const goodOnes = (): Message[] =>
    Array.from({ length: GOOD_AROUND }, () => {
      const value = valid();
      good.push(value);
      return { key: value.phoneNumber, value: JSON.stringify(value) };
    });
  await withForeignProducer(SHARED_KAFKA_BROKERS, async (producer) => {
    for (const [nth, poison] of poisons(valid).entries()) {
      const messages = [...goodOnes(), poison.message, ...goodOnes()];
      const compression = CompressionTypes[CODECS[nth % CODECS.length] ?? 'None'];
      const [written] = await producer.send({ topic: setup.topics.send, compression, messages });
      bad.push({ ...poison, offset: BigInt(written?.baseOffset ?? NaN) + BigInt(GOOD_AROUND) });
    }
  });
  return { good, bad };
}

/** Between two moments in which a record got its result event or its dead letter; the clock is this machine's. */
function longestGapMs({ results, deadLetters }: ConsumerStage): number {
  const settledMs = [...results.records, ...deadLetters.records]
    .map(({ timestampMs }) => timestampMs)
    .toSorted((a, b) => a - b);
  return Math.max(0, ...settledMs.slice(1).map((atMs, index) => atMs - (settledMs[index] ?? NaN)));
}

/** As text that keeps every byte; of a record that is missing, none. */
function headersOf(record: IncomingRecord | undefined): { headers: object; repeated: object } {
  const latin1 = (bytes: Buffer): string => bytes.toString('latin1');
  const { headers = {}, repeatedHeaders = {} } = record ?? {};
  return {
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, latin1(value)])),
    repeated: Object.fromEntries(
      Object.entries(repeatedHeaders).map(([name, values]) => [name, values.map(latin1)]),
    ),
  };
}

/** Short enough to be shown when it differs: a value by its hash. */
function contentOf(record: IncomingRecord | undefined): object {
  const value = record?.value && hash('sha256', record.value);
  return { key: record?.key, value, ...headersOf(record) };
}

const PARLEY = join(import.meta.dirname, '../../apps/cli/bin/parley.js');
const NO_VALUE = Buffer.alloc(0);

function compare(one: bigint, other: bigint): number {
  return Number(one - other);
}

function tell(figures: object): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
