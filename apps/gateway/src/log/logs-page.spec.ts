import 'reflect-metadata';
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { IntakeEvent } from '@parley/delivery';
import type { BusEvent, ConsumerEvent, SpoolEvent } from '@parley/kafka';
import { rowsOf } from '@parley/testing';
import type { LimitsEvent } from '../configuration/limits-watch.ts';
import type { StoreEvent } from '../sending/stores.ts';
import type { TracingTrouble } from '../tracing/trouble-teller.ts';
import { BUS_LEVELS } from './bus-events.ts';
import { ATTEMPT_LEVELS, SENDER_LEVELS } from './sender-events.ts';
import type { AttemptFacts, LoggedSenderEvent } from './sender-events.ts';
import { SETTLED_LEVEL } from './settled-line.ts';
import type { SettledFacts } from './settled-line.ts';
import { SPOOL_LEVELS } from './spool-events.ts';
import { STORE_LEVELS } from './store-events.ts';

const SOURCES = new URL('..', import.meta.url);
const PAGE = readFileSync(new URL('../../../../docs/logs.md', import.meta.url), 'utf8');

/** Every field once: the compiler refuses one that is missing, or that is none. */
type Fields<Facts> = Readonly<Record<keyof Facts, true>>;
type FieldsOf<Event, Name extends 'kind' | 'type', Kind> = Fields<
  Omit<Extract<Event, Readonly<Record<Name, Kind>>>, Name>
>;
type Table<Event extends Readonly<Record<Name, string>>, Name extends 'kind' | 'type'> = {
  readonly [Kind in Event[Name]]: FieldsOf<Event, Name, Kind>;
};

const ATTEMPTED: Fields<Required<AttemptFacts>> = {
  account: true,
  messages: true,
  repeated: true,
  answer: true,
  code: true,
  detail: true,
  waitedMs: true,
  durationMs: true,
  totalMs: true,
};

const SETTLED: Fields<SettledFacts> = {
  messageId: true,
  account: true,
  recipient: true,
  source: true,
  outcome: true,
  key: true,
  reason: true,
  code: true,
  attempts: true,
  duplicate: true,
  durationMs: true,
  traceId: true,
};

const SENDER: Table<Exclude<LoggedSenderEvent, { readonly kind: 'attempted' }>, 'kind'> = {
  retrying: { account: true, messages: true, delayMs: true, reason: true },
  split: { account: true, messages: true, maxCompany: true },
  'held-back': { account: true, delayMs: true, throttled: true },
  ambiguous: { account: true, messageId: true, policy: true, cause: true },
  unsent: { account: true, messageId: true, reason: true },
  'account-paused': { account: true, error: true },
  'account-resumed': { account: true },
  'store-failed': { account: true, step: true, messages: true, code: true },
};

const STORE: Table<StoreEvent, 'kind'> = {
  'redis-connected': {},
  'redis-away': { code: true },
  'spool-not-persistent': {},
  'permits-local': { account: true, limitPerSecond: true, replicas: true },
  'permits-shared': { account: true },
  'clock-stepped': { account: true, byMs: true },
};

const BUS: Table<BusEvent | ConsumerEvent, 'type'> = {
  'producer-connected': {},
  'producer-disconnected': { code: true, message: true, retryInMs: true },
  'consumer-assigned': { groupId: true, partitions: true },
  'consumer-rebalancing': { groupId: true },
  'consumer-crashed': { groupId: true, code: true, message: true, retryInMs: true },
  'partition-paused': { topic: true, partition: true },
  'partition-resumed': { topic: true, partition: true },
  'partitions-lost': { partitions: true, abandoned: true },
  'log-reset': { topic: true, partition: true },
  'partition-taken-over': { topic: true, partition: true },
  committed: { partitions: true },
  'commit-failed': { code: true, message: true },
  'dead-lettered': { topic: true, partition: true, offset: true, reason: true, omitted: true },
  'dead-letter-failed': { topic: true, partition: true, offset: true, code: true, retryInMs: true },
  'record-abandoned': { topic: true, partition: true, offset: true, retryInMs: true },
  'handler-failed': { topic: true, partition: true, offset: true, error: true },
};

const SPOOL: Table<SpoolEvent, 'type'> = {
  'spooling-began': { code: true },
  'spooling-ended': {},
  'records-spooled': { count: true },
  'records-drained': { count: true },
  'drain-failed': { code: true, topic: true },
  'spool-away': { message: true },
  'spool-back': {},
  'spool-full': { count: true },
  'spooled-value-omitted': { topic: true, bytes: true },
};

const LIMITS: Table<LimitsEvent, 'kind'> = {
  'limits-changed': { account: true, limitPerSecond: true, maxMessagesPerRequest: true },
  'limits-invalid': { problems: true },
};

const TRACING: Fields<TracingTrouble> = { detail: true, untold: true };

const INTAKE: FieldsOf<IntakeEvent, 'kind', 'store-failed'> = { account: true, step: true, code: true };

interface Line {
  readonly event: string;
  readonly level: string;
  readonly fields: readonly string[];
}

function line(event: string, level: string, fields: object): Line {
  // An error stands in its own field, as pino writes them.
  const names = Object.keys(fields).map((name) =>
    event === 'handler-failed' && name === 'error' ? 'err' : name,
  );
  return { event, level, fields: names.sort() };
}

function linesOf(levels: Readonly<Record<string, string>>, table: object): Line[] {
  const fields = new Map(Object.entries(table));
  return Object.entries(levels).map(([event, level]) => line(event, level, fields.get(event) as object));
}

const LINES: readonly Line[] = [
  line('attempted', `${ATTEMPT_LEVELS.accepted}, ${ATTEMPT_LEVELS.other}`, ATTEMPTED),
  line('settled', SETTLED_LEVEL, SETTLED),
  ...linesOf(SENDER_LEVELS, SENDER),
  ...linesOf(STORE_LEVELS, STORE),
  ...linesOf(BUS_LEVELS, BUS),
  ...linesOf(SPOOL_LEVELS, SPOOL),
  ...linesOf({ 'limits-changed': 'info', 'limits-invalid': 'error' }, LIMITS),
  line('tracing-failed', 'warn', TRACING),
  line('store-failed', 'debug', INTAKE),
];

const ROWS = rowsOf(PAGE, ['Event', 'Level', 'Fields', 'Tells']).map(
  ([event = '', level = '', fields = '']) => ({
    event: event.replaceAll('`', ''),
    level: level.replaceAll('`', ''),
    fields: [...fields.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort(),
  }),
);

/** Sentences that lines are logged with, as they stand in the code. */
const SENTENCES = globSync('**/*.ts', { cwd: SOURCES })
  .filter((file) => !file.endsWith('.spec.ts'))
  .flatMap((file) => [
    ...readFileSync(new URL(file, SOURCES), 'utf8').matchAll(
      /ogger\.(debug|info|warn|error)\(\s*(?:\{[^;]*?\},\s*)?'([^']+)',?\s*\)/g,
    ),
  ])
  .map(([, level, sentence]) => ({ level, sentence }));

describe('docs/logs.md', () => {
  it('has one row for each event with a line of its own, with its level and fields, and for nothing else', () => {
    expect(ROWS).toEqual(LINES);
  });

  it('has one row for each other line, with its level', () => {
    const rows = rowsOf(PAGE, ['Line', 'Level', 'Fields']).map(([sentence = '', level = '']) => ({
      level: level.replaceAll('`', ''),
      sentence,
    }));
    const inOrder = (lines: typeof rows) => lines.map((each) => `${each.sentence} ${each.level}`).sort();
    expect(inOrder(rows)).toEqual(inOrder(SENTENCES as typeof rows));
  });
});
