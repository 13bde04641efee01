/**
 * The parts whose faults would be silent, each held against its own specs:
 * `MUTATION_GROUP=limiter npm run mutation`, or all of them without the variable. Not part of `npm run verify`: it is slow.
 */
const sender = (names) => names.map((name) => `libs/sender/src/${name}.ts`);
const delivery = (names) => names.map((name) => `libs/delivery/src/${name}.ts`);
const spool = (names) => names.map((name) => `libs/kafka/src/spool/${name}.ts`);
const answers = ['classify', 'rule-for', 'error-body', 'retry-after'];
const groups = {
  limiter: sender(['paced-permits', 'local-slot-clock', 'permit-margin']),
  batcher: sender(['recipient-queue', 'recipient-pacing']),
  classifier: answers.map((name) => `libs/insider/src/answer/${name}.ts`),
  idempotency: sender(['in-process-message-store', 'fingerprint', 'forgiving-store']),
  waiting: sender(['retry-budget', 'expected-wait', 'backoff']),
  pipeline: sender(['pipeline', 'claims', 'requests', 'endings', 'account-gate', 'windows']),
  windows: sender(['service-window', 'in-process-window-store', 'traceparent']),
  statuses: delivery([
    'delivery',
    'body-news',
    'status-intake',
    'forgiving-deliveries',
    'in-process-delivery-store',
  ]),
  spool: spool(['spooling-sender', 'spool-drain', 'doubt-keeper', 'backlog', 'in-memory-spool']),
};
const specs = {
  batcher: ['libs/sender/src/recipient-*.spec.ts'],
  classifier: ['libs/insider/src/answer/*.spec.ts'],
  pipeline: ['libs/sender/src/*.spec.ts'],
  statuses: ['libs/delivery/src/*.spec.ts'],
  spool: ['libs/kafka/src/spool/*.spec.ts'],
};
const { MUTATION_GROUP: group } = process.env;
const chosen = group === undefined ? Object.keys(groups) : [group];
const specsOf = (name) => specs[name] ?? groups[name].map((file) => file.replace('.ts', '.spec.ts'));

// What a few cases do not tell from the original is told by a test that names the guarantee, or survives.
process.env.PROPERTY_RUNS ??= '50';

export default {
  mutate: chosen.flatMap((name) => groups[name]),
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    configFile: 'jest.config.js',
    config: {
      roots: ['<rootDir>/libs'],
      testMatch: chosen.flatMap(specsOf).map((spec) => `<rootDir>/${spec}`),
    },
  },
  coverageAnalysis: 'perTest',
  // The copy that is mutated needs the libraries and the pages that their tests read.
  ignorePatterns: [
    '/apps',
    '/bench',
    '/test',
    '/proto',
    '/reports',
    '/.parley',
    '/.ci',
    '/.stryker-tmp',
    'dist',
  ],
  concurrency: 2,
  timeoutMS: 3_000,
  reporters: ['clear-text', 'progress-append-only', 'html', 'json'],
  thresholds: { high: 95, low: 90, break: 85 },
};
