import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { provisionKafka, provisionRedis, runCommand } from '@parley/provisioning';
import type { ProvisionedKafka, ProvisionedRedis } from '@parley/provisioning';
import type { TestSummary } from './reporter.ts';

/**
 * `npm test`: builds, starts Kafka and Redis, runs Jest with the arguments given, and says what was used and what was
 * skipped. `--unit` starts nothing and leaves the end-to-end tests out.
 */
const REPOSITORY = join(import.meta.dirname, '..');
const BUILD_TIMEOUT_MS = 300_000;
const NOTHING_RAN: TestSummary = { passed: 0, failed: 1, skipped: [], relaxed: [] };

interface Services {
  kafka: ProvisionedKafka;
  redis: ProvisionedRedis;
}

const wishToStop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => wishToStop.abort());
}
process.exitCode = await run(process.argv.slice(2), wishToStop.signal);

async function run(args: readonly string[], signal: AbortSignal): Promise<number> {
  const unitOnly = args.includes('--unit');
  const why = ['--unit'];
  const services: Services = { kafka: { kind: 'none', why }, redis: { kind: 'none', why } };
  let summary = NOTHING_RAN;
  try {
    const starting = unitOnly ? [] : provision(services, signal);
    const outcomes = await Promise.allSettled([build(signal), ...starting]);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
    console.log(describe(services).join('\n'));
    summary = await runJest({
      args: args.filter((argument) => argument !== '--unit'),
      unitOnly,
      services,
      signal,
    });
  } catch (error) {
    console.error(signal.aborted ? '\nstopped' : error instanceof Error ? error.message : error);
  } finally {
    for (const service of [services.redis, services.kafka]) if (service.kind !== 'none') await service.stop();
  }
  printSummary(summary, services);
  return summary.failed > 0 ? 1 : 0;
}

/** Each service is in `services` as soon as it is up, so that it is stopped even when another one fails. */
function provision(services: Services, signal: AbortSignal): Promise<void>[] {
  const options = { environment: process.env, report: (line: string) => console.log(line), signal };
  return [
    provisionKafka(options).then((kafka) => void (services.kafka = kafka)),
    provisionRedis(options).then((redis) => void (services.redis = redis)),
  ];
}

async function build(signal: AbortSignal): Promise<void> {
  const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  const outcome = await runCommand(process.execPath, [compiler, '--build', REPOSITORY], {
    signal: AbortSignal.any([signal, AbortSignal.timeout(BUILD_TIMEOUT_MS)]),
  });
  if (outcome.kind === 'not-found' || outcome.exitCode !== 0) {
    throw new Error(`the build failed:\n${outcome.kind === 'exited' ? outcome.output : 'no node'}`);
  }
}

async function runJest(options: {
  readonly args: readonly string[];
  readonly unitOnly: boolean;
  readonly services: Services;
  readonly signal: AbortSignal;
}): Promise<TestSummary> {
  const { args, unitOnly, services, signal } = options;
  const jest = fork(
    join(REPOSITORY, 'node_modules/jest/bin/jest.js'),
    [
      '--reporters=default',
      '--reporters=./test/reporter.ts',
      ...(unitOnly
        ? ['/node_modules/', '/dist/', '\\.e2e-spec\\.ts$'].map((it) => `--testPathIgnorePatterns=${it}`)
        : []),
      // After the lists above, which would take what follows them for more of their own.
      '--config=jest.config.js',
      ...args,
    ],
    {
      cwd: REPOSITORY,
      env: { ...process.env, ...addresses(services) },
      execArgv: [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        // kafkajs asks for a timeout in the past once for each connection.
        '--disable-warning=TimeoutNegativeWarning',
      ],
    },
  );
  let summary: TestSummary | undefined;
  jest.on('message', (message) => (summary = message as TestSummary));
  const kill = (): void => void jest.kill();
  signal.addEventListener('abort', kill);
  const [exitCode] = (await once(jest, 'exit')) as [number | null];
  signal.removeEventListener('abort', kill);
  if (!summary) return NOTHING_RAN;
  // Jest fails for reasons beside tests too, such as a coverage threshold.
  return exitCode !== 0 && summary.failed === 0 ? { ...summary, failed: 1 } : summary;
}

/** For tests: unset when there is no such service, whatever the environment held before. */
function addresses({ kafka, redis }: Services): NodeJS.ProcessEnv {
  return {
    KAFKA_BROKERS: kafka.kind === 'none' ? undefined : kafka.brokers,
    REDIS_URL: redis.kind === 'none' ? undefined : redis.url,
    PARLEY_KAFKA_CLASSPATH: kafka.kind === 'maven' ? kafka.tools.classPath : undefined,
  };
}

function describe({ kafka, redis }: Services): string[] {
  return Object.entries({ Kafka: kafka, Redis: redis }).map(([name, service]) =>
    service.kind === 'none'
      ? `${name}: NONE, tests that need it are SKIPPED (${service.why.join('; ')})`
      : `${name}: ${service.describe}`,
  );
}

function printSummary({ passed, failed, skipped, relaxed }: TestSummary, services: Services): void {
  console.log(['', ...describe(services)].join('\n'));
  if (skipped.length > 0) {
    console.log([`Skipped, ${skipped.length}:`, ...skipped.map((name) => `  ${name}`)].join('\n'));
  }
  if (relaxed.length > 0) {
    console.log(
      [`Judged by a wider bound, ${relaxed.length}:`, ...relaxed.map((name) => `  ${name}`)].join('\n'),
    );
  }
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
}
