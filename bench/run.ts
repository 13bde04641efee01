import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { buildRepository, provisionKafka, provisionRedis } from '@parley/provisioning';
import type { ProvisionOptions, ProvisionedKafka } from '@parley/provisioning';
import { missOf } from './bar.ts';
import { markdownTable } from './markdown-table.ts';
import { REPOSITORY } from './programs.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import { callbacks } from './scenarios/callbacks.ts';
import { idle } from './scenarios/idle.ts';
import { permitsJitter } from './scenarios/permits-jitter.ts';
import { permits } from './scenarios/permits.ts';
import { phonePage } from './scenarios/phone-page.ts';
import { sandbox } from './scenarios/sandbox.ts';

/**
 * `npm run bench`: builds, starts a Redis, and Kafka when a scenario needs it, runs the scenarios named (all without a name)
 * one after the other, and holds their figures against their bars. Exit code 1 when one is missed.
 */
const SCENARIOS: readonly Scenario[] = [permits, permitsJitter, idle, callbacks, sandbox, phonePage];
const MAX_SEED = 2 ** 31;

const wishToStop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => wishToStop.abort());
}
try {
  process.exitCode = await run(process.argv.slice(2), wishToStop.signal);
} catch (error) {
  console.error(wishToStop.signal.aborted ? '\nstopped' : error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function run(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      // Takes what was built before.
      'no-build': { type: 'boolean', default: false },
      seed: { type: 'string' },
    },
  });
  if (values.list) {
    for (const { name, measures } of SCENARIOS) console.log(`${name.padEnd(16)} ${measures}`);
    return 0;
  }
  const chosen = choose(positionals);
  const seed = Number(values.seed ?? Math.floor(Math.random() * MAX_SEED));
  if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number');

  if (!values['no-build']) {
    tell('building …');
    await buildRepository(REPOSITORY, signal);
  }
  const options = { environment: process.env, report: tell, signal };
  const redis = await provisionRedis(options);
  if (redis.kind === 'none') throw new Error(`no Redis: ${redis.why.join('; ')}`);
  let kafka: Kafka | undefined;
  try {
    if (chosen.some(({ needsKafka }) => needsKafka)) kafka = await startKafka(options);
    const services = [redis, kafka].flatMap((service) => service?.describe ?? []);
    tell(`Node ${process.version}, ${services.join(', ')}, seed ${seed}`);
    const context = { redisUrl: redis.url, brokers: kafka?.brokers ?? '', seed, signal };
    return await runAll(chosen, context);
  } finally {
    await kafka?.stop();
    await redis.stop();
  }
}

type Kafka = Exclude<ProvisionedKafka, { kind: 'none' }>;

async function startKafka(options: ProvisionOptions): Promise<Kafka> {
  const kafka = await provisionKafka(options);
  if (kafka.kind === 'none') throw new Error(`no Kafka: ${kafka.why.join('; ')}`);
  return kafka;
}

function choose(names: readonly string[]): readonly Scenario[] {
  const unknown = names.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`no scenario is named ${unknown.join(' or ')}; --list names them`);
  return names.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => names.includes(name));
}

async function runAll(
  scenarios: readonly Scenario[],
  context: Omit<ScenarioContext, 'report'>,
): Promise<number> {
  const tables: string[] = [];
  const misses: string[] = [];
  for (const { name, measures, run } of scenarios) {
    const load = loadavg()[0]?.toFixed(2);
    tell(`${name}: ${measures} (load ${load} on ${availableParallelism()} cores)`);
    try {
      const { rows, bars } = await run({ ...context, report: (line) => tell(`  ${line}`) });
      tables.push(`\n## ${name}: ${measures}\n\n${markdownTable(rows)}`);
      const missed = bars.map(missOf).filter((miss) => miss !== undefined);
      misses.push(...missed.map((miss) => `${name}: ${miss}`));
    } catch (error) {
      context.signal.throwIfAborted();
      misses.push(`${name} did not end: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const table of tables) console.log(table);
  if (misses.length === 0) console.log('\nall bars held');
  else console.log(['\nbars missed:', ...misses].join('\n- '));
  return misses.length === 0 ? 0 : 1;
}

function tell(line: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
}
