import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKafkaBus } from '@parley/kafka';
import { freePort } from '@parley/provisioning';
import { until } from '@parley/testing';
import type { Text } from '@parley/testing/gateway-client';
import { bodyOf } from '../faults/callbacks/status-callback.ts';
import { describeWithKafkaAndRedis } from '../faults/consumer/describe-with-kafka-and-redis.ts';
import { setUpGroup } from '../faults/consumer/group-setup.ts';
import type { GroupSetup } from '../faults/consumer/group-setup.ts';
import { FaultyProvider } from '../faults/faulty-provider.ts';
import { AUTH_KEY, GatewayProcess } from '../faults/gateway-process.ts';
import { textOf } from '../faults/texts.ts';
import { SHARED_KAFKA_BROKERS } from '../kafka/shared-kafka.ts';
import { REPOSITORY } from '../processes/service-process.ts';
import { SHARED_REDIS_URL } from '../redis/shared-redis.ts';
import { OtlpCollector } from './otlp-collector.ts';
import type { CollectedSpan } from './otlp-collector.ts';
import { connectedTo, treeOf } from './trace-tree.ts';

const TIMEOUT_MS = 90_000;
/** What a gateway of these tests has to end in, the last traces included. */
const GRACE_MS = 20_000;
const OUTPUT = join(REPOSITORY, 'test-output/traces');

describeWithKafkaAndRedis(
  'Traces of messages whose status comes after a restart (needs KAFKA_BROKERS and REDIS_URL)',
  messagesAcrossARestart,
);

function messagesAcrossARestart(): void {
  const callers = [newTraceparent(), newTraceparent()];
  const records = callers.map(() => textOf({ prefix: 'record' }));
  const called = textOf({ prefix: 'called' });
  const canary = `canary body ${randomUUID()}`;
  let folder: string;
  let collector: OtlpCollector;
  let provider: FaultyProvider;
  let gateway: GatewayProcess | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-traces-'));
    collector = await OtlpCollector.listen({ file: join(folder, 'export.jsonl') });
    provider = await FaultyProvider.listen();
    const setup = await setUpGroup('traces', {
      brokers: SHARED_KAFKA_BROKERS,
      partitions: 2,
      redisUrl: SHARED_REDIS_URL,
    });
    gateway = await startGateway(setup);
    // The first goes at once, and the records meet while they wait for the next permit.
    const call = gateway.send([{ ...called, text: { body: canary } }]);
    await until('the call’s request', () => provider.arrivals.length === 1);
    await produce(setup);
    expect(await call).toMatchObject({ results: [{ outcome: 'ACCEPTED' }] });
    await until('the records’ requests', () => provider.arrivals.flatMap(({ ids }) => ids).length === 3, {
      timeoutMs: TIMEOUT_MS,
    });
    expect(await gateway.terminate()).toEqual({ exitCode: 0, signal: null });
    await gateway.start();
    for (const text of [called, ...records]) await readBy(text);
    expect(await gateway.terminate()).toEqual({ exitCode: 0, signal: null });
    await collector.close();
    await keepExample();
  }, TIMEOUT_MS);

  afterAll(async () => {
    await gateway?.stop();
    await provider.close();
    await rm(folder, { recursive: true, force: true });
  }, TIMEOUT_MS);

  async function startGateway({ account, settings }: GroupSetup): Promise<GatewayProcess> {
    return GatewayProcess.start({
      providerUrl: provider.url,
      account,
      graceMs: GRACE_MS,
      settings: {
        ...settings,
        ROLES: 'grpc,consumer,callbacks',
        INSIDER_RATE_LIMIT_PER_SECOND: '1',
        ...collector.environment,
      },
    });
  }

  async function produce({ topics, account }: GroupSetup): Promise<void> {
    const bus = createKafkaBus({ brokers: SHARED_KAFKA_BROKERS.split(','), clientId: 'traces-test' });
    try {
      await bus.send(
        records.map((text, index) => ({
          topic: topics.send,
          key: text.phoneNumber,
          value: JSON.stringify({ ...text, account }),
          headers: { traceparent: callers[index] ?? '' },
        })),
      );
    } finally {
      await bus.close();
    }
  }

  /** As the provider tells it. */
  async function readBy({ messageId, phoneNumber }: Text): Promise<void> {
    const key = `whatsapp-${messageId === called.messageId ? canary : messageId}`;
    const answer = await fetch(gateway?.callbacksUrl ?? '', {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-the-test', 'content-type': 'application/json' },
      body: bodyOf({ key, status: 'read', phoneNumber }),
    });
    expect(await answer.json()).toEqual({ received: 1 });
  }

  async function keepExample(): Promise<void> {
    await mkdir(OUTPUT, { recursive: true });
    await writeFile(join(OUTPUT, 'export.jsonl'), await readFile(join(folder, 'export.jsonl')));
    await writeFile(join(OUTPUT, 'tree.txt'), `${treeOf(collector.spans)}\n`);
  }

  function only(name: string, { traceId, kind }: { traceId?: string; kind?: string }): CollectedSpan {
    const found = collector.spans.filter(
      (span) =>
        span.name === name && span.traceId === (traceId ?? span.traceId) && span.kind === (kind ?? span.kind),
    );
    const [span] = found;
    if (!span || found.length > 1) throw new Error(`${found.length} of ${name}:\n${treeOf(collector.spans)}`);
    return span;
  }

  it('A Kafka record goes on in its producer’s trace, to the read callback in another process', () => {
    const [producer = ''] = callers;
    const [, traceId = '', producerSpanId] = producer.split('-');
    const record = collector.trace(traceId).find(({ kind }) => kind === 'consumer');
    expect(record?.parentSpanId).toBe(producerSpanId);
    const message = only('message', { traceId });
    expect(message.parentSpanId).toBe(record?.spanId);
    expect(message.attributes).toMatchObject({ 'parley.outcome': 'accepted', 'parley.source': 'kafka' });
    const status = only('status read', { traceId });
    expect(status.parentSpanId).toBe(message.spanId);
    expect(status.startNs).toBeGreaterThan(message.endNs);
  });

  it('Its batch carries the other record, too, and is linked to both, with the request beneath it', () => {
    const batch = collector.spans.find(
      ({ name, attributes }) => name === 'batch' && attributes['parley.messages'] === records.length,
    );
    const messages = callers.map((caller) => only('message', { traceId: caller.split('-')[1] ?? '' }));
    expect(batch?.links.map(({ spanId }) => spanId).sort()).toEqual(
      messages.map(({ spanId }) => spanId).sort(),
    );
    for (const { links } of messages) expect(links).toMatchObject([{ spanId: batch?.spanId }]);
    const request = collector.spans.find(({ parentSpanId }) => parentSpanId === batch?.spanId);
    expect(request).toMatchObject({ kind: 'client', isError: false });
    expect(request?.attributes).toMatchObject({
      'parley.answer': 'accepted',
      'url.full': expect.any(String),
    });
  });

  it('From the record everything can be reached: batch, request, status and the callback’s request', () => {
    const [producer = ''] = callers;
    const [record] = collector.trace(producer.split('-')[1] ?? '');
    if (!record) throw new Error('no record');
    const names = connectedTo(record, collector.spans).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        record.name,
        'message',
        'batch',
        'POST /v1/conversational/send',
        'status read',
        'POST /callbacks/insider/:account',
      ]),
    );
  });

  it('A call begins a trace when its caller has none, and its status goes on in it after the restart', () => {
    const call = collector.spans.find(({ name }) => name.endsWith('/SendConversational'));
    expect(call).toMatchObject({ kind: 'server', parentSpanId: undefined, service: 'parley-gateway' });
    const { traceId } = call ?? { traceId: '' };
    const message = only('message', { traceId });
    expect(only('batch', { traceId }).parentSpanId).toBe(message.spanId);
    expect(only('status read', { traceId }).parentSpanId).toBe(message.spanId);
  });

  it('No part ends after its whole or begins before it, but statuses', () => {
    for (const span of collector.spans.filter(({ name }) => !name.startsWith('status '))) {
      const whole = collector.spans.find(({ spanId }) => spanId === span.parentSpanId);
      expect(span.endNs).toBeGreaterThanOrEqual(span.startNs);
      if (!whole) continue;
      expect(span.startNs).toBeGreaterThanOrEqual(whole.startNs);
      expect(span.endNs).toBeLessThanOrEqual(whole.endNs);
    }
  });

  it('Neither texts nor numbers, keys or tokens are exported', async () => {
    const exported = await readFile(join(folder, 'export.jsonl'), 'utf8');
    const numbers = [called, ...records].map(({ phoneNumber }) => phoneNumber.slice(1));
    for (const secret of [canary, AUTH_KEY, 'token-of-the-test', ...numbers])
      expect(exported).not.toContain(secret);
  });
}

describe('A gateway', () => {
  it(
    'loads nothing of OpenTelemetry’s SDK unless its variables ask for traces',
    async () => {
      // Node writes there which scripts it has run.
      const folder = await mkdtemp(join(tmpdir(), 'parley-loaded-'));
      const gateway = await GatewayProcess.start({
        providerUrl: 'http://127.0.0.1:9',
        graceMs: GRACE_MS,
        settings: {
          OTEL_SERVICE_NAME: 'named',
          OTEL_TRACES_SAMPLER: 'always_on',
          NODE_V8_COVERAGE: folder,
        },
      });
      try {
        expect(await gateway.terminate()).toMatchObject({ exitCode: 0 });
        const [file = ''] = await readdir(folder);
        const loaded = await readFile(join(folder, file), 'utf8');
        expect(loaded).toContain('/tracing/load-tracing.js');
        // The API alone is loaded by the library of metrics.
        expect(loaded).not.toMatch(/@opentelemetry\/(?!api\/)|\/tracing\/open-telemetry\.js/);
      } finally {
        await gateway.stop();
        await rm(folder, { recursive: true, force: true });
      }
    },
    TIMEOUT_MS,
  );

  it(
    'sends and ends as ever while the collector is away, and says so once',
    async () => {
      const provider = await FaultyProvider.listen();
      const gateway = await GatewayProcess.start({
        providerUrl: provider.url,
        graceMs: GRACE_MS,
        settings: {
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
          OTEL_EXPORTER_OTLP_TIMEOUT: '100',
          OTEL_BSP_SCHEDULE_DELAY: '50',
        },
      });
      try {
        for (let sent = 0; sent < 5; sent += 1) {
          expect(await gateway.send([textOf()])).toMatchObject({ results: [{ outcome: 'ACCEPTED' }] });
        }
        await until('it is told', () => gateway.log.of('tracing-failed').length > 0);
        const beganMs = performance.now();
        expect(await gateway.terminate()).toEqual({ exitCode: 0, signal: null });
        expect(performance.now() - beganMs).toBeLessThan(10_000);
        expect(gateway.log.of('tracing-failed')).toHaveLength(1);
        expect(gateway.log.noise).toEqual([]);
      } finally {
        await gateway.stop();
        await provider.close();
      }
    },
    TIMEOUT_MS,
  );
});

/** A producer's, which it records. */
function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
