import { describe, expect, it } from '@jest/globals';
import { FakeClock, boundedRuns } from '@parley/testing';
import fc from 'fast-check';
import { InProcessStatusLog } from './in-process-status-log.ts';
import { comparePositions, timeOf } from './status-log.ts';
import type { LogEntry, LogPosition, StatusLog, WatchedStatus } from './status-log.ts';
import { StatusWatch } from './status-watch.ts';

/** A case that does not end is a failure, and not a hanging test. */
const bounded = boundedRuns(90_000);

/** The clock of the log shows less than that of the process. */
const LOG_BEHIND_MS = 5_000;

interface PlannedReader {
  readonly accounts: readonly string[];
  /** Undefined: from now on. Negative: a moment still to come. */
  readonly fromMsAgo: number | undefined;
  /** Between two entries. */
  readonly paceMs: number;
  /** Breaks off at every so many entries, without the last of them, as one does whose connection breaks. */
  readonly breaksAfter: number;
}

type PlannedStep = { readonly afterMs: number } & (
  | { readonly kind: 'append'; readonly account: string; readonly count: number }
  | { readonly kind: 'away'; readonly forMs: number }
  | { readonly kind: 'read'; readonly reader: PlannedReader }
  | { readonly kind: 'leave' }
);

interface Plan {
  readonly steps: readonly PlannedStep[];
  /** Of the log, one after the other and again: to where it looks, and back. */
  readonly latenciesMs: readonly number[];
  readonly maxBuffered: number;
  readonly maxEntries: number;
}

const afterMs = fc.constantFrom(0, 1, 60, 200, 3_000);
const account = fc.constantFrom('a', 'a', 'b');
const reader: fc.Arbitrary<PlannedReader> = fc.record({
  accounts: fc.constantFrom(['a'], ['a', 'b']),
  fromMsAgo: fc.constantFrom(undefined, undefined, 100, 4_000, -60_000),
  paceMs: fc.constantFrom(0, 0, 3, 40),
  breaksAfter: fc.constantFrom(Infinity, Infinity, 250, 4),
});
const step: fc.Arbitrary<PlannedStep> = fc.oneof(
  fc.record({ afterMs, kind: fc.constant('read' as const), reader }),
  {
    weight: 2,
    arbitrary: fc.record({
      afterMs,
      kind: fc.constant('append' as const),
      account,
      count: fc.constantFrom(1, 2, 5, 230),
    }),
  },
  fc.record({ afterMs, kind: fc.constant('away' as const), forMs: fc.constantFrom(300, 11_000) }),
  fc.record({ afterMs, kind: fc.constant('leave' as const) }),
);
const plan: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(step, { minLength: 2, maxLength: 10 }),
  latenciesMs: fc.array(fc.constantFrom(0, 0, 20, 250), { maxLength: 7 }),
  maxBuffered: fc.constantFrom(3, 1_000),
  maxEntries: fc.constantFrom(100, 100_000),
});

describe('StatusWatch, whatever is told, however slow its readers, and while the log comes and goes', () => {
  it('gives each reader who resumes where he is told everything that was not forgotten, in order', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (planned) => {
        const story = new Story(planned);
        await story.run();
        expect(story.violations).toEqual([]);
      }),
      { ...bounded, numRuns: Math.ceil(bounded.numRuns / 20) },
    );
  }, 2_000_000);
});

class Reader {
  readonly planned: PlannedReader;
  readonly given = new Set<string>();
  readonly stop = new AbortController();
  /** How many entries of each account there were when nothing more could be missed. */
  readonly from = new Map<string, number>();
  /** What was logged before may have been forgotten. */
  wholeFromMs = 0;
  paceMs: number;
  breaksAfter: number;

  constructor(planned: PlannedReader) {
    this.planned = planned;
    this.paceMs = planned.paceMs;
    this.breaksAfter = planned.breaksAfter;
  }
}

class Story {
  readonly violations: string[] = [];
  readonly #plan: Plan;
  readonly #clock = new FakeClock();
  readonly #log: InProcessStatusLog;
  readonly #watch: StatusWatch;
  readonly #told = new Map<string, LogEntry[]>([
    ['a', []],
    ['b', []],
  ]);
  readonly #readers: Reader[] = [];
  #awayUntilMs = 0;
  #reads = 0;
  #travels = 0;

  constructor(planned: Plan) {
    this.#plan = planned;
    const logClock = Object.create(this.#clock, {
      now: { value: () => this.#clock.now() - LOG_BEHIND_MS },
    }) as FakeClock;
    this.#log = new InProcessStatusLog({
      clock: logClock,
      ttlMs: 86_400_000,
      maxEntries: planned.maxEntries,
    });
    const log: StatusLog = {
      append: () => Promise.reject(new Error('nobody appends here')),
      read: (name, after, limit) => this.#ask(() => this.#log.read(name, after, limit)),
      end: (name) => this.#ask(() => this.#log.end(name)),
    };
    this.#watch = new StatusWatch({ log, clock: this.#clock, maxBuffered: planned.maxBuffered });
  }

  async run(): Promise<void> {
    for (const planned of this.#plan.steps) {
      await this.#clock.advance(planned.afterMs);
      if (planned.kind === 'append') await this.#append(planned.account, planned.count);
      if (planned.kind === 'away') this.#awayUntilMs = this.#clock.monotonicMs() + planned.forMs;
      if (planned.kind === 'leave') this.#readers.pop()?.stop.abort();
      if (planned.kind === 'read') this.#start(planned.reader);
    }
    for (const each of this.#readers) each.paceMs = 0;
    await this.#clock.advance(30_000);
    for (const each of this.#readers) this.#everythingWasGiven(each);
    for (const each of this.#readers) each.stop.abort();
    await this.#clock.advance(1_000);
    const reads = this.#reads;
    await this.#clock.advance(1_000);
    this.#check(this.#reads === reads, 'the log is read for nobody');
    this.#check(this.#watch.watcherCount === 0, 'a place is taken by nobody');
  }

  async #append(name: string, count: number): Promise<void> {
    const told = this.#told.get(name) ?? [];
    const { position: before } = await this.#log.end(name);
    const statuses = Array.from({ length: count }, (_, index) => statusOf(name, told.length + index));
    await this.#log.append(name, statuses);
    // Not all of a large call may still be there to be read, so that their positions are counted here.
    const { position: end } = await this.#log.end(name);
    for (const [index, status] of statuses.entries()) {
      told.push({ position: positionOf(before, end, index, count), status });
    }
  }

  #start(planned: PlannedReader): void {
    const started = new Reader(planned);
    this.#readers.push(started);
    const fromTimeMs =
      planned.fromMsAgo === undefined ? undefined : this.#clock.now() - LOG_BEHIND_MS - planned.fromMsAgo;
    for (const name of planned.accounts) {
      if (fromTimeMs === undefined || fromTimeMs > this.#clock.now()) break;
      const told = this.#told.get(name) ?? [];
      const first = told.findIndex(({ position }) => timeOf(position) >= fromTimeMs);
      started.from.set(name, first === -1 ? told.length : first);
    }
    void this.#read(started, fromTimeMs);
  }

  /** As a client does: again from where he is told, until he leaves. */
  async #read(started: Reader, fromTimeMs: number | undefined): Promise<void> {
    const { accounts } = started.planned;
    const { signal } = started.stop;
    const watching = this.#watch.watch({ accounts, messageIds: [], statuses: [], fromTimeMs, signal });
    if (watching.kind === 'refused') throw new Error(watching.reason);
    void watching.ready.then(() => {
      for (const name of accounts) {
        if (!started.from.has(name)) started.from.set(name, this.#told.get(name)?.length ?? 0);
      }
    });
    const last = new Map<string, LogPosition>();
    let taken = 0;
    for await (const item of watching.items) {
      if (item.kind === 'ended') {
        const resumeTimeMs = watching.resumeTimeMs();
        if (item.reason === 'gap') started.wholeFromMs = Math.max(started.wholeFromMs, resumeTimeMs);
        if (item.reason !== 'closed') void this.#read(started, resumeTimeMs);
        return;
      }
      if (item.kind === 'quiet') continue;
      taken += 1;
      if (taken === started.breaksAfter) {
        started.breaksAfter *= 2;
        void this.#read(started, watching.resumeTimeMs());
        return;
      }
      const { account: name, key } = item.entry.status;
      const before = last.get(name);
      const inOrder = before === undefined || comparePositions(before, item.entry.position) < 0;
      this.#check(inOrder, 'an entry was given twice, or out of order');
      last.set(name, item.entry.position);
      started.given.add(`${name}${key}`);
      if (started.paceMs > 0) await this.#clock.sleep(started.paceMs);
    }
  }

  #everythingWasGiven({ planned, from, given, wholeFromMs }: Reader): void {
    for (const name of planned.accounts) {
      const told = this.#told.get(name) ?? [];
      const missing = told
        .slice(from.get(name) ?? 0)
        .filter(
          ({ position, status }) => timeOf(position) >= wholeFromMs && !given.has(`${name}${status.key}`),
        );
      this.#check(missing.length === 0, `${missing.length} entries of ${name} were never given`);
    }
  }

  async #ask<T>(answer: () => Promise<T>): Promise<T> {
    this.#reads += 1;
    await this.#travel();
    if (this.#clock.monotonicMs() < this.#awayUntilMs) throw new Error('away');
    const answered = await answer();
    await this.#travel();
    return answered;
  }

  async #travel(): Promise<void> {
    this.#travels += 1;
    const latencyMs = this.#plan.latenciesMs[this.#travels % this.#plan.latenciesMs.length] ?? 0;
    if (latencyMs > 0) await this.#clock.sleep(latencyMs);
  }

  #check(isTrue: boolean, violation: string): void {
    if (!isTrue) this.violations.push(violation);
  }
}

function statusOf(name: string, count: number): WatchedStatus {
  return { account: name, key: String(count), status: 'sent', time: 'T', receivedTime: 'T' };
}

/** Of the entry at an index of a call that wrote `count`, the last of them at `end`. */
function positionOf(before: LogPosition, end: LogPosition, index: number, count: number): LogPosition {
  const last = Number(end.slice(end.indexOf('-') + 1));
  return comparePositions(before, end) < 0 ? `${timeOf(end)}-${last - (count - 1 - index)}` : end;
}
