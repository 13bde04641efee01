import type { Bar } from './bar.ts';

/** Something that the bench measures. */
export interface Scenario {
  /** As on the command line. */
  readonly name: string;
  /** One line for people. */
  readonly measures: string;
  /** Needs Kafka as well as Redis. */
  readonly needsKafka?: boolean;
  readonly run: (context: ScenarioContext) => Promise<Findings>;
}

export interface ScenarioContext {
  readonly redisUrl: string;
  /** Comma list of `host:port`; empty when no scenario of the run needs Kafka. */
  readonly brokers: string;
  /** Of everything random: repeats a run's disturbances, not its scheduling. */
  readonly seed: number;
  /** Receives one line of progress. */
  readonly report: (line: string) => void;
  /** Gives up; what was started is stopped. */
  readonly signal: AbortSignal;
}

interface Findings {
  /** All with the same columns. */
  readonly rows: readonly Row[];
  readonly bars: readonly Bar[];
}

export type Row = Readonly<Record<string, string | number>>;
