import { join } from 'node:path';
import {
  buildRepository,
  provideLibfaketime,
  provisionChromium,
  provisionKafka,
  provisionRedis,
} from '@parley/provisioning';
import type { ProvisionedChromium, ProvisionedKafka, ProvisionedRedis } from '@parley/provisioning';
import { runJest } from './jest.ts';
import type { TestSummary } from './reporter.ts';

/**
 * `npm test`: builds, starts Kafka and Redis, finds a browser, runs Jest with the arguments given, and says what was used and
 * what was skipped. `--unit` starts nothing and leaves the end-to-end tests out.
 */
const REPOSITORY = join(import.meta.dirname, '..');
const NOTHING_RAN: TestSummary = { passed: 0, failed: 1, skipped: [], relaxed: [] };

interface Services {
  kafka: ProvisionedKafka;
  redis: ProvisionedRedis;
  browser: ProvisionedChromium;
}

const wishToStop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => wishToStop.abort());
}
process.exitCode = await run(process.argv.slice(2), wishToStop.signal);

async function run(args: readonly string[], signal: AbortSignal): Promise<number> {
  const unitOnly = args.includes('--unit');
  const none = { kind: 'none', why: ['--unit'] } as const;
  const services: Services = { kafka: none, redis: none, browser: none };
  let summary = NOTHING_RAN;
  try {
    const starting = unitOnly ? [] : provision(services, signal);
    const outcomes = await Promise.allSettled([buildRepository(REPOSITORY, signal), ...starting]);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
    console.log(describe(services).join('\n'));
    summary = await runJest({
      args: args.filter((argument) => argument !== '--unit'),
      unitOnly,
      env: addresses(services),
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
    provisionRedis(options).then(async (redis) => {
      services.redis = redis;
      // One after the other: each may have to be installed, which apt-get does one at a time.
      await provideLibfaketime(options);
      services.browser = await provisionChromium(options);
    }),
  ];
}

/** For tests: unset when there is no such service, whatever the environment held before. */
function addresses({ kafka, redis, browser }: Services): NodeJS.ProcessEnv {
  return {
    KAFKA_BROKERS: kafka.kind === 'none' ? undefined : kafka.brokers,
    REDIS_URL: redis.kind === 'none' ? undefined : redis.url,
    CHROME_PATH: browser.kind === 'none' ? undefined : browser.path,
    NODE_COMPILE_CACHE: join(REPOSITORY, 'node_modules/.cache/compiled'),
    PARLEY_KAFKA_CLASSPATH: kafka.kind === 'maven' ? kafka.tools.classPath : undefined,
  };
}

function describe({ kafka, redis, browser }: Services): string[] {
  return Object.entries({ Kafka: kafka, Redis: redis, Browser: browser }).map(([name, service]) =>
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
