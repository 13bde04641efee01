import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@parley/testing';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import { withForeignProducer } from '../kafka/foreign-producer.ts';
import { SHARED_KAFKA_BROKERS } from '../kafka/shared-kafka.ts';
import { ConsumerStage } from './consumer/consumer-stage.ts';
import { describeWithKafkaAndRedis } from './consumer/describe-with-kafka-and-redis.ts';
import { WATCH_LOOP } from './fuzz/healthy-gateway.ts';
import { record } from './fuzz/records.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';

const CASES = Number(process.env['FAULT_FUZZ_CASES'] ?? 2_000);
const AT_ONCE = 500;
const SETUP_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = 60_000 + 20 * CASES;
const LONGEST_STALL_MS = 200;

describeWithKafkaAndRedis(
  `${CASES.toLocaleString('en')} records that no one would produce on purpose (needs KAFKA_BROKERS and REDIS_URL)`,
  fuzzedRecords,
);

function fuzzedRecords(): void {
  const seed = Date.now() >>> 0;
  let stage: ConsumerStage;
  let member: GatewayProcess;
  let pid: number | undefined;

  beforeAll(async () => {
    stage = await ConsumerStage.set('fuzzed', {
      partitions: 4,
      recipients: 1,
      policies: ['resend'],
      latencyMs: 0,
      settings: { INSIDER_RATE_LIMIT_PER_SECOND: '10000', LOG_LEVEL: 'debug' },
    });
    member = await stage.startMember({ name: 'member', nodeArgs: [WATCH_LOOP] });
    ({ pid } = member);
    await until('the partitions are assigned', () => member.log.of('consumer-assigned').length > 0, {
      timeoutMs: SETUP_TIMEOUT_MS,
    });
    member.log.lines.length = 0;
  }, SETUP_TIMEOUT_MS);

  afterAll(() => stage.close(), SETUP_TIMEOUT_MS);

  it(
    `each get a result event or go to the dead letter topic, once and byte for byte (seed ${seed})`,
    async () => {
      await produce(stage, fc.sample(record(stage.setup.account), { seed, numRuns: CASES }));
      const settled = (): number => stage.results.records.length + stage.deadLetters.records.length;
      await until('all are settled', () => settled() >= CASES, { timeoutMs: RUN_TIMEOUT_MS });
      expect(await stage.calmDown({ timeoutMs: RUN_TIMEOUT_MS })).toBe(0n);
      expect(settled()).toBe(CASES);
      const sent = new Map(stage.sent.records.map((each) => [placeOf(each.partition, each.offset), each]));
      const letters = stage.deadLetters.records;
      const places = letters.map(({ headers }) =>
        placeOf(String(headers['dlq-original-partition']), String(headers['dlq-original-offset'])),
      );
      expect(new Set(places).size).toBe(letters.length);
      const changed = letters.filter(({ key, value }, index) => {
        const original = sent.get(places[index] ?? '');
        return !same(value, original?.value) || !same(key, original?.key);
      });
      expect(changed).toEqual([]);
      tell({ results: stage.results.records.length, deadLetters: letters.length });
      expect(stage.results.records.length).toBeGreaterThan(CASES / 100);
      expect(letters.length).toBeGreaterThan(CASES / 10);
    },
    RUN_TIMEOUT_MS,
  );

  it('neither end nor stall the process or its consumer', () => {
    expect(member.pid).toBe(pid);
    for (const event of ['died', 'warned', 'consumer-crashed', 'handler-failed', 'dead-letter-failed']) {
      expect(member.log.of(event)).toEqual([]);
    }
    expect(member.log.noise).toEqual([]);
    const stalls = member.log.of('loop-stalled').map(({ durationMs }) => durationMs ?? NaN);
    expect(Math.max(0, ...stalls)).toBeLessThan(latencyBoundMs(LONGEST_STALL_MS));
  });
}

function produce({ setup }: ConsumerStage, messages: readonly Message[]): Promise<void> {
  return withForeignProducer(SHARED_KAFKA_BROKERS, async (producer) => {
    for (let from = 0; from < messages.length; from += AT_ONCE) {
      await producer.send({ topic: setup.topics.send, messages: messages.slice(from, from + AT_ONCE) });
    }
  });
}

function placeOf(partition: number | string, offset: bigint | string): string {
  return `${partition}/${offset}`;
}

function same(one: Buffer | null, other: Buffer | null | undefined): boolean {
  return one === null || other === null || other === undefined ? one === other : one.equals(other);
}

function tell(figures: object): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
