import { relative } from 'node:path';
import type { AggregatedResult } from '@jest/reporters';

/** What one run of Jest came to. A suite that could not be loaded counts as one failed test. */
export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  /** `<file>: <full name>` of each test that did not run. */
  readonly skipped: readonly string[];
}

/** Hands the summary to the process that runs Jest, so that nothing Jest prints at its end comes after it. */
export default class Reporter {
  constructor() {
    // Nobody is left to read the results; the channel alone must not keep Jest running.
    process.once('disconnect', () => process.exit(1));
    process.channel?.unref();
  }

  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    process.send?.(summarize(results));
  }
}

function summarize(results: AggregatedResult): TestSummary {
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
