const DEFAULT_RUNS = 2_000;

/** Of what the product is for: limiter, pacing, batcher, the sender as a whole. */
const DEFAULT_BOUNDED_RUNS = 4_000;

/** How much longer than alone they may take: beside suites that judge times they get what those leave. */
const BESIDE_OTHERS = 4;

/** How many cases a property test runs: `defaultRuns`, or PROPERTY_RUNS where each run must be short. */
export function propertyRuns(defaultRuns = DEFAULT_RUNS): number {
  return Number(process.env['PROPERTY_RUNS'] ?? defaultRuns);
}

/**
 * As many cases, and how long they may take all together, so that one that never ends fails instead of hanging. More
 * than the default may take longer, in proportion.
 *
 * @param limitMs of the default cases, with a processor of their own
 */
export function boundedRuns(limitMs: number, defaultRuns = DEFAULT_BOUNDED_RUNS): BoundedRuns {
  const numRuns = propertyRuns(defaultRuns);
  const interruptAfterTimeLimit = BESIDE_OTHERS * limitMs * Math.max(1, numRuns / defaultRuns);
  return { numRuns, interruptAfterTimeLimit, markInterruptAsFailure: true };
}

/** Parameters of fast-check. */
interface BoundedRuns {
  readonly numRuns: number;
  /** In milliseconds. */
  readonly interruptAfterTimeLimit: number;
  readonly markInterruptAsFailure: true;
}
