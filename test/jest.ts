import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ALONE } from './alone.ts';
import type { TestSummary } from './reporter.ts';

const REPOSITORY = join(import.meta.dirname, '..');

const NOTHING_RAN: TestSummary = { passed: 0, failed: 1, skipped: [], relaxed: [] };

export interface JestOptions {
  /** For Jest; with any, all that they choose runs one after the other. */
  readonly args: readonly string[];
  /** Leaves the end-to-end tests out. */
  readonly unitOnly: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Runs the tests: two suites at a time those that may, then one by one those that need the machine for themselves. */
export async function runJest({ args, unitOnly, env, signal }: JestOptions): Promise<TestSummary> {
  const missing = ALONE.filter((file) => !existsSync(join(REPOSITORY, file)));
  if (missing.length > 0) throw new Error(`test/alone.ts names what is not there: ${missing.join(', ')}`);
  const ignored = ['/node_modules/', '/dist/', ...(unitOnly ? [String.raw`\.e2e-spec\.ts$`] : [])];
  const leaveOut = (patterns: readonly string[]): string[] =>
    patterns.map((pattern) => `--testPathIgnorePatterns=${pattern}`);
  if (args.length > 0 || unitOnly) {
    return await run([...leaveOut(ignored), '--config=jest.config.js', ...args], { env, signal });
  }
  const together = await run(
    [
      ...leaveOut([...ignored, ...ALONE.map((file) => `/${file}$`)]),
      '--maxWorkers=2',
      '--config=jest.config.js',
    ],
    { env, signal },
  );
  if (signal.aborted) return together;
  const alone = await run(['--runInBand', '--config=jest.config.js', '--runTestsByPath', ...ALONE], {
    env,
    signal,
  });
  return {
    passed: together.passed + alone.passed,
    failed: together.failed + alone.failed,
    skipped: [...together.skipped, ...alone.skipped],
    relaxed: [...together.relaxed, ...alone.relaxed],
  };
}

async function run(
  args: readonly string[],
  { env, signal }: Pick<JestOptions, 'env' | 'signal'>,
): Promise<TestSummary> {
  const jest = fork(
    join(REPOSITORY, 'node_modules/jest/bin/jest.js'),
    // Lists would take what follows them for more of their own: these stand in front of whatever is given.
    ['--reporters=default', '--reporters=./test/reporter.ts', ...args],
    {
      cwd: REPOSITORY,
      env: { ...process.env, ...env },
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
