import type { SubmissionResult } from '../outcome.ts';

/** What is known so far of a submission's results. */
export class Results {
  readonly all: Promise<SubmissionResult[]>;
  readonly ended: SubmissionResult[] = [];

  constructor(results: readonly Promise<SubmissionResult>[]) {
    this.all = Promise.all(results);
    for (const result of results) void result.then((end) => this.ended.push(end));
  }

  /** In the order in which the messages ended. */
  get kinds(): string[] {
    return this.ended.map((end) =>
      end.kind === 'settled' ? end.outcome.kind : `unsent ${end.error.reason}`,
    );
  }
}
