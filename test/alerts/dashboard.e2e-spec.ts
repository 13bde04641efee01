import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@parley/contracts';
import { createKafkaBus, createTopics } from '@parley/kafka';
import type { Bus } from '@parley/kafka';
import { waitUntil } from '@parley/provisioning';
import { FaultyProvider } from '../faults/faulty-provider.ts';
import { GatewayProcess } from '../faults/gateway-process.ts';
import { SHARED_KAFKA_BROKERS, describeWithKafka } from '../kafka/shared-kafka.ts';
import { describeWithRedisServer, ownRedis } from '../redis/own-redis.ts';
import { ALERTS_PATH, readAlerts, readDashboard, withVariables } from './files.ts';
import type { Panel } from './files.ts';
import { PrometheusServer } from './prometheus-server.ts';
import { preparePrometheus } from './prometheus.ts';
import type { Prometheus } from './prometheus.ts';
import { ACCEPTED_KEY, CALLBACK_TOKEN, variedLoad } from './varied-load.ts';

const SETUP_TIMEOUT_MS = 90_000;
/** A query looks back over so much: a few scrapes. */
const RATE_INTERVAL = '20s';
const DATA_TIMEOUT_MS = 40_000;
const EVENTS_PER_SECOND = 20;

const prepared = await preparePrometheus();
const hasServices = describeWithRedisServer === describe && describeWithKafka === describe;
const describeWithAll = hasServices && prepared.kind === 'ready' ? describe : describe.skip;
const skipped = prepared.kind === 'absent' ? ` (skipped: ${prepared.why})` : '';

describeWithAll(`The dashboard, on a Prometheus that scrapes a gateway${skipped}`, shown);

function shown(): void {
  const redis = ownRedis();
  const stop = new AbortController();
  const topics = topicsOf(`dashboard-${randomUUID().slice(0, 8)}`);
  let provider: FaultyProvider;
  let gateway: GatewayProcess;
  let bus: Bus;
  let server: PrometheusServer;
  let load: Promise<void> = Promise.resolve();

  beforeAll(async () => {
    const brokers = SHARED_KAFKA_BROKERS.split(',');
    provider = await FaultyProvider.listen();
    await createTopics(
      brokers,
      Object.values(topics).map((topic) => ({ topic, partitions: 1 })),
    );
    bus = createKafkaBus({ brokers, clientId: 'test' });
    gateway = await GatewayProcess.start({
      providerUrl: provider.url,
      account: 'refused',
      settings: {
        KAFKA_BROKERS: SHARED_KAFKA_BROKERS,
        KAFKA_GROUP_ID: topics.TOPIC_SEND,
        REDIS_URL: redis().url,
        INSIDER_AUTH_KEY: ACCEPTED_KEY,
        CALLBACK_TOKENS: CALLBACK_TOKEN,
        LOG_LEVEL: 'warn',
        ...topics,
      },
    });
    server = await PrometheusServer.start({
      server: prometheus().server,
      targets: [new URL(gateway.callbacksUrl).host],
      rules: ALERTS_PATH,
    });
    // What was there before is what an increase begins with.
    await waitUntil(async () => (await server.query('parley_build_info')).length > 0, {
      signal: AbortSignal.timeout(DATA_TIMEOUT_MS),
      everyMs: 100,
    });
    load = variedLoad(
      { gateway, provider, bus, topic: topics.TOPIC_SEND },
      { perSecond: EVENTS_PER_SECOND, signal: stop.signal },
    );
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    stop.abort();
    await load;
    await Promise.all([server.stop(), gateway.stop(), bus.close()]);
    await provider.close();
  }, SETUP_TIMEOUT_MS);

  it(
    'has data for each query of each panel',
    async () => {
      let empty: readonly string[] = [];
      const looked = waitUntil(
        async () => {
          empty = (await Promise.all(readDashboard().panels.map(emptyQueriesOf))).flat();
          return empty.length === 0;
        },
        { signal: AbortSignal.timeout(DATA_TIMEOUT_MS), everyMs: 1_000 },
      );
      await looked.catch(() => undefined);
      expect(empty).toEqual([]);
    },
    2 * DATA_TIMEOUT_MS,
  );

  it('comes with alert rules that this Prometheus follows', async () => {
    const rules = await server.alertRules();
    expect(rules.map(({ name }) => name).toSorted()).toEqual(
      readAlerts()
        .map(({ alert }) => alert)
        .toSorted(),
    );
    expect(rules.filter(({ lastError = '' }) => lastError !== '')).toEqual([]);
  });

  it('stands on metrics that promtool finds no fault with', async () => {
    const response = await fetch(new URL('/metrics', gateway.callbacksUrl));
    const page = await response.text();
    const found = await prometheus()
      .promtool(['check', 'metrics'], ownMetrics(page))
      .catch((error: unknown) => String(error));
    expect(found).toBe('');
  });

  async function emptyQueriesOf({ title, targets = [] }: Panel): Promise<string[]> {
    const answers = await Promise.all(
      targets.map(async ({ expr, refId }) => ({
        refId,
        samples: await server.query(withVariables(expr, RATE_INTERVAL)),
      })),
    );
    return answers
      .filter(({ samples }) => samples.length === 0 || samples.every(({ value }) => Number.isNaN(value)))
      .map(({ refId }) => `${title} ${refId}`);
  }
}

/** The names of what Node and its process tell are not ours to choose. */
function ownMetrics(page: string): string {
  const isOwn = (line: string): boolean => /^(# (HELP|TYPE) )?parley_/.test(line);
  return `${page.split('\n').filter(isOwn).join('\n')}\n`;
}

function topicsOf(run: string) {
  return {
    TOPIC_SEND: `${run}.${TOPICS.send}`,
    TOPIC_RESULT: `${run}.${TOPICS.result}`,
    TOPIC_STATUS: `${run}.${TOPICS.status}`,
    TOPIC_INBOUND: `${run}.${TOPICS.inbound}`,
    TOPIC_DLQ: `${run}.${TOPICS.dlq}`,
    TOPIC_QUARANTINE: `${run}.${TOPICS.quarantine}`,
  } as const;
}

function prometheus(): Prometheus {
  if (prepared.kind === 'absent') throw new Error(prepared.why);
  return prepared.prometheus;
}
