import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { AggregatedResult } from '@jest/reporters';
import { RELAXED_FILE } from './relaxed-file.ts';

/** What one run of Jest came to. A suite that could not be loaded counts as one failed test. */
export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  /** `<file>: <full name>` of each test that did not run. */
  readonly skipped: readonly string[];
  /** The same of each test that was judged by a wider bound, and why. */
  readonly relaxed: readonly string[];
}

/** Hands the summary to the process that runs Jest, so that nothing Jest prints at its end comes after it. */
export default class Reporter {
  readonly #folder = mkdtempSync(join(tmpdir(), 'parley-test-run-'));
  readonly #relaxedFile = join(this.#folder, 'relaxed');

  constructor() {
    // Before Jest starts the processes that inherit it.
    process.env[RELAXED_FILE] = this.#relaxedFile;
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }));
    // Nobody is left to read the results; the channel alone must not keep Jest running.
    process.once('disconnect', () => process.exit(1));
    process.channel?.unref();
  }

  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    process.send?.({ ...summarize(results), relaxed: this.#relaxed() } satisfies TestSummary);
  }

  #relaxed(): string[] {
    if (!existsSync(this.#relaxedFile)) return [];
    return readFileSync(this.#relaxedFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }
}

function summarize(results: AggregatedResult): Omit<TestSummary, 'relaxed'> {
  const skipped = results.testResults.flatMap(({ testFilePath, testResults }) =>
    testResults
      .filter(({ status }) => status === 'pending' || status === 'todo' || status === 'skipped')
      .map(({ fullName }) => `${relative(process.cwd(), testFilePath)}: ${fullName}`),
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped,
  };
}
