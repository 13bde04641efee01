/**
 * Suites that judge times and mostly wait: two of them at a time, and nothing else beside. Paths below `test/`.
 */
export const TIMED = suites([
  'faults/broker-away-from-the-send-path',
  'faults/callbacks-outlive-the-broker',
  'faults/clock-jumps',
  'faults/consumer-survives-kill-9',
  'faults/deadlines',
  'faults/provider-down',
  'faults/redis-away',
  'faults/soak',
  'faults/throttled',
  'redis-clock-steps',
  'redis-outages',
  'redis-slot-clock',
  'sandbox-retry-schedule',
]);

/** Suites that keep the whole machine busy, or judge a time so short that nothing may be beside: one at a time. */
export const ALONE = suites([
  'container/compose',
  'container/gateway-image',
  'container/sandbox-image',
  'faults/fairness',
  'faults/forged-callbacks',
  'faults/fuzzed-doors',
  'faults/fuzzed-records',
  'faults/hostile-answers',
  'faults/overload',
  'faults/poison-records',
  'faults/rebalance-storm',
  'faults/survives-kill-9',
  'phone-page/gateway-shown',
]);

function suites(names: readonly string[]): readonly string[] {
  return names.map((name) => `test/${name}.e2e-spec.ts`);
}
