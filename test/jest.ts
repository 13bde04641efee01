import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { ALONE, TIMED } from './order.ts';
import type { TestSummary } from './reporter.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const { PRIORITY_BELOW_NORMAL } = constants.priority;

const END_TO_END = String.raw`\.e2e-spec\.ts$`;
const NOTHING_RAN: TestSummary = { passed: 0, failed: 1, skipped: [], relaxed: [] };

export interface JestOptions {
  /** For Jest; with any, all that they choose runs one after the other. */
  readonly args: readonly string[];
  /** Leaves the end-to-end tests out. */
  readonly unitOnly: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Runs the tests. End to end: two suites at a time those that judge times, before others leave a load behind, then one by
 * one those that need the machine, then three at a time the rest. Beside the first two, at a lower priority, so that
 * they get what those leave, all that starts no other process.
 */
export async function runJest({ args, unitOnly, env, signal }: JestOptions): Promise<TestSummary> {
  const later = [...TIMED, ...ALONE];
  const missing = later.filter((file) => !existsSync(join(REPOSITORY, file)));
  if (missing.length > 0) throw new Error(`test/order.ts names what is not there: ${missing.join(', ')}`);
  const ignored = ['/node_modules/', '/dist/', ...(unitOnly ? [END_TO_END] : [])];
  const leaveOut = (patterns: readonly string[]): string[] =>
    patterns.map((pattern) => `--testPathIgnorePatterns=${pattern}`);
  if (args.length > 0 || unitOnly) {
    return await run([...leaveOut(ignored), '--config=jest.config.js', ...args], { env, signal });
  }
  const config = '--config=jest.config.js';
  const units = leaveOut([...ignored, END_TO_END]);
  const rest = leaveOut([...ignored, String.raw`(?<!\.e2e-spec)\.ts$`, ...later.map((file) => `/${file}$`)]);
  const beside = runBeside([config, ...units, '--maxWorkers=2'], { env, signal });
  const summaries: TestSummary[] = [];
  for (const chosen of [
    ['--maxWorkers=2', '--runTestsByPath', ...TIMED],
    ['--runInBand', '--runTestsByPath', ...ALONE],
  ]) {
    if (!signal.aborted) summaries.push(await run([config, ...chosen], { env, signal }));
  }
  summaries.push(await beside);
  if (!signal.aborted) summaries.push(await run([config, ...rest, '--maxWorkers=3'], { env, signal }));
  return {
    passed: summaries.reduce((sum, { passed }) => sum + passed, 0),
    failed: summaries.reduce((sum, { failed }) => sum + failed, 0),
    skipped: summaries.flatMap(({ skipped }) => skipped),
    relaxed: summaries.flatMap(({ relaxed }) => relaxed),
  };
}

type RunOptions = Pick<JestOptions, 'env' | 'signal'>;

async function run(args: readonly string[], options: RunOptions): Promise<TestSummary> {
  return await summaryOf(start(args, 'before', options), options);
}

/** At a lower priority, and silent until it is over: what it prints then is not mixed with what others print. */
async function runBeside(args: readonly string[], options: RunOptions): Promise<TestSummary> {
  const jest = start(args, 'beside', options);
  if (jest.pid !== undefined) giveWay(jest.pid);
  const printed: Buffer[] = [];
  for (const stream of [jest.stdout, jest.stderr]) stream?.on('data', (chunk: Buffer) => printed.push(chunk));
  const summary = await summaryOf(jest, options);
  process.stderr.write(Buffer.concat(printed));
  return summary;
}

/** Of Linux's sessions each has its share of the processors, in which priorities count: a session's own is set beside. */
function giveWay(pid: number): void {
  setPriority(pid, PRIORITY_BELOW_NORMAL);
  const autogroup = `/proc/${pid}/autogroup`;
  if (existsSync(autogroup)) writeFileSync(autogroup, String(PRIORITY_BELOW_NORMAL));
}

function start(args: readonly string[], how: 'before' | 'beside', { env }: RunOptions): ChildProcess {
  // Beside: silent, and in a session of its own.
  const detached = how === 'beside';
  const stdio = detached ? 'pipe' : 'inherit';
  return fork(
    join(REPOSITORY, 'node_modules/jest/bin/jest.js'),
    // Lists would take what follows them for more of their own: these stand in front of whatever is given.
    ['--reporters=default', '--reporters=./test/reporter.ts', ...args],
    {
      cwd: REPOSITORY,
      env: { ...process.env, ...env },
      stdio: ['inherit', stdio, stdio, 'ipc'],
      detached,
      execArgv: [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        // kafkajs asks for a timeout in the past once for each connection.
        '--disable-warning=TimeoutNegativeWarning',
      ],
    },
  );
}

async function summaryOf(jest: ChildProcess, { signal }: RunOptions): Promise<TestSummary> {
  let summary: TestSummary | undefined;
  jest.on('message', (message) => (summary = message as TestSummary));
  const kill = (): void => void jest.kill();
  signal.addEventListener('abort', kill);
  const [exitCode] = (await once(jest, 'close')) as [number | null];
  signal.removeEventListener('abort', kill);
  if (!summary) return NOTHING_RAN;
  // Jest fails for reasons beside tests too, such as a coverage threshold.
  return exitCode !== 0 && summary.failed === 0 ? { ...summary, failed: 1 } : summary;
}
