/** How many cases a property test runs: `defaultRuns`, or PROPERTY_RUNS where each run must be short. */
export function propertyRuns(defaultRuns = 10_000): number {
  return Number(process.env['PROPERTY_RUNS'] ?? defaultRuns);
}
