import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildRepository, provisionKafka, provisionRedis } from '@parley/provisioning';
import type { ProvisionedKafka, ProvisionedRedis } from '@parley/provisioning';
import type { Bus } from './arguments.ts';
import { followGatewayBus } from './follow/gateway-bus.ts';
import { followKafka } from './follow/kafka.ts';
import { screen } from './screen.ts';
import { startService } from './service.ts';
import { createMissingTopics, topicNames } from './topics.ts';
import { wire } from './wiring.ts';

export interface LaunchOptions {
  readonly bus: Bus | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

export type LaunchOutcome =
  { readonly kind: 'stopped' } | { readonly kind: 'failed'; readonly message: string };

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
// Each before what it talks to.
const STOP_ORDER = ['follower', 'gateway', 'sandbox', 'redis', 'kafka'] as const;

type Running = Partial<Record<(typeof STOP_ORDER)[number], { stop(): Promise<void> }>>;

/** Runs sandbox and gateway until `signal` aborts or one of them ends. Everything it started is stopped by then. */
export async function launch(options: LaunchOptions): Promise<LaunchOutcome> {
  const running: Running = {};
  try {
    await run(options, running);
    return { kind: 'stopped' };
  } catch (error) {
    if (options.signal.aborted) return { kind: 'stopped' };
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  } finally {
    for (const name of STOP_ORDER) await running[name]?.stop();
  }
}

async function run({ bus, environment, signal, print }: LaunchOptions, running: Running): Promise<void> {
  const startedAt = performance.now();
  const [{ kafka, redis }] = await together(
    signal,
    (shared) => provision({ bus, environment, signal: shared, print }, running),
    (shared) => buildRepository(REPOSITORY, shared),
  );
  const brokers = kafka.kind === 'none' ? undefined : kafka.brokers;
  if (bus === 'kafka' && kafka.kind === 'none') {
    throw new Error(`no Kafka to be had here:\n  ${kafka.why.join('\n  ')}`);
  }
  const topics = topicNames(environment);
  const wiring = await wire({
    environment,
    brokers,
    redisUrl: redis.kind === 'none' ? undefined : redis.url,
    makeSecret: () => randomBytes(18).toString('base64url'),
  });
  wiring.notices.forEach(print);

  const logFolder = join(REPOSITORY, '.parley', 'logs');
  await mkdir(logFolder, { recursive: true });
  const [sandbox] = await together(
    signal,
    (shared) =>
      startService({
        name: 'sandbox',
        script: join(REPOSITORY, 'apps/sandbox/dist/main.js'),
        environment: wiring.sandboxEnvironment,
        readyUrl: `${wiring.sandboxUrl}/sandbox/health`,
        logFolder,
        signal: shared,
        print,
        onStart: (service) => (running.sandbox = service),
      }),
    async () => {
      if (brokers !== undefined) await createMissingTopics(brokers, topics);
    },
  );
  const gateway = await startService({
    name: 'gateway',
    script: join(REPOSITORY, 'apps/gateway/dist/main.js'),
    environment: wiring.gatewayEnvironment,
    readyUrl: `${wiring.gatewayUrl}/health/ready`,
    logFolder,
    signal,
    print,
    onStart: (service) => (running.gateway = service),
  });
  const followed = { topics, print, signal };
  running.follower =
    brokers === undefined
      ? await followGatewayBus({ ...followed, gatewayUrl: wiring.gatewayUrl })
      : await followKafka({ ...followed, brokers });
  print(
    screen({
      wiring,
      brokers,
      kafka: kafka.kind === 'none' ? 'in the gateway’s memory (no Kafka)' : kafka.describe,
      redis: redis.kind === 'none' ? 'in the gateway’s memory (no Redis)' : redis.describe,
      sendTopic: topics.send,
      logFolder,
      seconds: (performance.now() - startedAt) / 1000,
    }),
  );
  await Promise.race([once(signal, 'abort'), gateway.ended, sandbox.ended]);
}

/** Hands each service to `running` as soon as it is up, so that a failure beside it still finds it. */
async function provision(
  { bus, environment, signal, print }: LaunchOptions,
  running: Running,
): Promise<{ kafka: ProvisionedKafka; redis: ProvisionedRedis }> {
  if (bus === 'memory') {
    const why = ['--bus=memory'];
    const redis: ProvisionedRedis = environment['REDIS_URL']
      ? await provisionRedis({ environment, report: print, signal })
      : { kind: 'none', why };
    return { kafka: { kind: 'none', why }, redis };
  }
  const context = { environment, report: print, signal };
  const [kafka, redis] = await together(
    signal,
    async () => {
      const provisioned = await provisionKafka(context);
      if (provisioned.kind !== 'none') running.kafka = provisioned;
      return provisioned;
    },
    async () => {
      const provisioned = await provisionRedis(context);
      if (provisioned.kind !== 'none') running.redis = provisioned;
      return provisioned;
    },
  );
  return { kafka, redis };
}

/** Runs both; when one fails the other is aborted and waited for, so that nothing is started behind the back of a stop. */
async function together<A, B>(
  signal: AbortSignal,
  first: (shared: AbortSignal) => Promise<A>,
  second: (shared: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const failure = new AbortController();
  const shared = AbortSignal.any([signal, failure.signal]);
  const abortOthers = (error: unknown): never => {
    failure.abort(error);
    throw error;
  };
  const tasks = [first(shared).catch(abortOthers), second(shared).catch(abortOthers)] as const;
  await Promise.allSettled(tasks);
  if (failure.signal.aborted) throw failure.signal.reason;
  return Promise.all(tasks);
}
