/** How many cases a property test runs: {@link DEFAULT_RUNS}, or PROPERTY_RUNS where each run must be short. */
export function propertyRuns(): number {
  return Number(process.env['PROPERTY_RUNS'] ?? DEFAULT_RUNS);
}

const DEFAULT_RUNS = 10_000;
