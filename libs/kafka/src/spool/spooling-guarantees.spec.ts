import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { propertyRuns, until } from '@parley/testing';
import fc from 'fast-check';
import type { OutgoingRecord } from '../bus.ts';
import { MortalProcess, type SpoolMode } from '../testing/mortal-process.ts';
import { InMemorySpool } from './in-memory-spool.ts';
import type { Spool, SpoolAppend } from './spool.ts';

/**
 * Three processes share a log and a spool. For each key there is one caller that sends, waits, and sends again, through
 * any of them. Their ways to log and spool fail at random, and they die; in the end everything works again.
 */
describe('Through outages and deaths, what was sent', () => {
  it('is on the log once and in order, except where that cannot be', async () => {
    const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rounds, async (steps) => {
        const world = new World();
        try {
          for (const round of steps) {
            for (const each of round) await world.take(each);
            await world.pass();
          }
          await world.heal();
          world.check();
        } finally {
          await world.end();
        }
      }),
      { numRuns: propertyRuns(150) },
    );
  }, 120_000);
});

type Step =
  | { readonly kind: 'send'; readonly by: number; readonly key: number; readonly count: number }
  | { readonly kind: 'refuse'; readonly by: number; readonly acknowledged: number }
  | { readonly kind: 'work'; readonly by: number }
  | { readonly kind: 'be in doubt'; readonly by: number }
  | {
      readonly kind: 'settle';
      readonly by: number;
      readonly end: 'written' | 'unknown';
      readonly isWritten: boolean;
    }
  | { readonly kind: 'spool'; readonly by: number; readonly mode: SpoolMode }
  | { readonly kind: 'die'; readonly by: number; readonly isWritten: boolean };

const PROCESSES = 3;
const by = fc.nat({ max: PROCESSES - 1 });
const key = fc.nat({ max: 3 });
const isWritten = fc.boolean();
const end = fc.constantFrom('written' as const, 'unknown' as const);
const mode = fc.constantFrom<SpoolMode>('works', 'works', 'away', 'unheard');
const kind = <K extends Step['kind']>(name: K): fc.Arbitrary<K> => fc.constant(name);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: kind('send'), by, key, count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('refuse'), by, acknowledged: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('work'), by }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('be in doubt'), by }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('settle'), by, end, isWritten }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('spool'), by, mode }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('die'), by, isWritten }) },
);

class World {
  readonly #log: OutgoingRecord[] = [];
  readonly #spool = new TransparentSpool();
  readonly #processes = Array.from({ length: PROCESSES }, () => this.#spawn());
  readonly #callers = new Map<number, Promise<void>>();
  readonly #resolved: { readonly key: number; readonly value: string; readonly mayOvertake: boolean }[] = [];
  readonly #mayRepeat = new Set<string>();
  #sent = 0;

  async take(step: Step): Promise<void> {
    const process = this.#processes[step.by];
    if (!process) return;
    const { bus, spool } = process;
    switch (step.kind) {
      case 'send':
        this.#callers.set(step.key, this.#sendAfter(this.#callers.get(step.key), process, step));
        return;
      case 'refuse':
        bus.steady = { kind: 'refused', code: 'UNAVAILABLE', acknowledged: step.acknowledged };
        return;
      case 'work':
        bus.steady = { kind: 'written' };
        return;
      case 'be in doubt':
        bus.script.push({ kind: 'in-doubt' });
        return;
      case 'settle':
        if (step.end === 'unknown') this.#maybeTwice(bus.inDoubt);
        bus.settle(step.end, step.end === 'unknown' ? step : {});
        return;
      case 'spool':
        spool.mode = step.mode;
        return;
      case 'die': {
        const dying = process.die(step);
        // It writes nothing any more, and nobody has drained yet: what is in both may be drained once more.
        this.#maybeTwice([...this.#spool.contents.values()].filter((record) => this.#log.includes(record)));
        await dying;
        this.#processes[step.by] = this.#spawn();
      }
    }
  }

  async pass(): Promise<void> {
    await Promise.all(this.#callers.values());
    await sleep(2);
  }

  async heal(): Promise<void> {
    for (const { bus, spool } of this.#processes) {
      spool.mode = 'works';
      bus.steady = { kind: 'written' };
      bus.script.length = 0;
      bus.settle('written');
    }
    await this.pass();
    await until('the spool is empty', () => this.#spool.contents.size === 0);
  }

  check(): void {
    const log = this.#log.map(({ value }) => String(value));
    const times = Map.groupBy(log, (value) => value);
    for (const { value } of this.#resolved) {
      const count = times.get(value)?.length ?? 0;
      expect({ value, count }).toEqual({ value, count: this.#mayRepeat.has(value) ? Math.max(1, count) : 1 });
    }
    const inOrder = this.#resolved.filter(({ mayOvertake }) => !mayOvertake);
    for (const ofKey of Map.groupBy(inOrder, (each) => each.key).values()) {
      const places = ofKey.map(({ value }) => log.indexOf(value));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#processes.map(({ sender }) => sender.close({ timeoutMs: 0 })));
  }

  #spawn(): MortalProcess {
    return new MortalProcess({
      log: this.#log,
      spool: this.#spool,
      onUnheard: (records) => this.#maybeTwice(records),
    });
  }

  async #sendAfter(
    before: Promise<void> | undefined,
    process: MortalProcess,
    { key, count }: { readonly key: number; readonly count: number },
  ): Promise<void> {
    await before;
    const values = Array.from({ length: count }, () => String((this.#sent += 1)));
    // The spool is passed by when it is away.
    const mayOvertake = process.spool.mode !== 'works';
    try {
      await process.sender.send(values.map((value) => ({ topic: 't', key: String(key), value })));
      this.#resolved.push(...values.map((value) => ({ key, value, mayOvertake })));
    } catch {
      // The caller knows that it failed.
    }
  }

  #maybeTwice(records: readonly OutgoingRecord[]): void {
    for (const { value } of records) this.#mayRepeat.add(String(value));
  }
}

class TransparentSpool extends InMemorySpool {
  readonly contents = new Map<string, OutgoingRecord>();

  override async append(...[records, options]: Parameters<Spool['append']>): Promise<SpoolAppend> {
    const kept = await super.append(records, options);
    const ids = kept.kind === 'kept' ? kept.ids : [];
    for (const [index, record] of records.entries()) this.contents.set(ids[index] ?? '', record);
    return kept;
  }

  override remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.contents.delete(id);
    return super.remove(ids);
  }
}
