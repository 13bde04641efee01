/**
 * Suites that judge times, or that keep the whole machine busy: each has it for itself. All others run two at a time.
 * Paths below `test/`.
 */
export const ALONE = [
  'container/sandbox-image',
  'faults/broker-away-from-the-send-path',
  'faults/clock-jumps',
  'faults/consumer-survives-kill-9',
  'faults/deadlines',
  'faults/fairness',
  'faults/forged-callbacks',
  'faults/hostile-answers',
  'faults/overload',
  'faults/poison-records',
  'faults/provider-down',
  'faults/rebalance-storm',
  'faults/redis-away',
  'faults/survives-kill-9',
  'faults/throttled',
  'phone-page/gateway-shown',
  'redis-clock-steps',
  'redis-outages',
  'redis-slot-clock',
  'sandbox-retry-schedule',
].map((name) => `test/${name}.e2e-spec.ts`);
