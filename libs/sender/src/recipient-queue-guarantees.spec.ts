import { describe, expect, it } from '@jest/globals';
import { FakeClock, outboundMessage, boundedRuns } from '@parley/testing';
import fc from 'fast-check';
import { Job } from './job.ts';
import type { Traffic } from './job.ts';
import { RecipientQueue } from './recipient-queue.ts';

describe('RecipientQueue', () => {
  it('never loses, doubles or reorders, and never starves anybody, whatever happens in between', () => {
    const recipient = fc.constantFrom('A', 'B', 'C', 'D');
    const traffic = fc.constantFrom<Traffic>('interactive', 'bulk');
    const step: fc.Arbitrary<Step> = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('push'),
          recipient,
          traffic,
          bytes: fc.integer({ min: 1, max: 9 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('take'),
          maxMessages: fc.integer({ min: 1, max: 6 }),
          maxBodyBytes: fc.integer({ min: 1, max: 30 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('give-back'),
          which: fc.nat({ max: 5 }),
          again: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
          isSuspect: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw'), recipient, traffic }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new QueueModel();
        for (const one of steps) model.apply(one);
        model.drain();
        expect(model.violations).toEqual([]);
      }),
      boundedRuns(60_000),
    );
  }, 2_000_000);
});

type Step =
  | { readonly kind: 'push'; readonly recipient: string; readonly traffic: Traffic; readonly bytes: number }
  | { readonly kind: 'take'; readonly maxMessages: number; readonly maxBodyBytes: number }
  | {
      readonly kind: 'give-back';
      readonly which: number;
      readonly again: readonly boolean[];
      readonly isSuspect: boolean;
    }
  | { readonly kind: 'withdraw'; readonly recipient: string; readonly traffic: Traffic };

/** While both kinds of traffic wait. */
const TAKES_PER_BULK_PLACE = 5;
/** While others wait, too. */
const TAKES_PER_SUSPECTS_TURN = 2;

/** What a queue must hold, in the plainest form: a list per recipient. */
class QueueModel {
  readonly violations: string[] = [];
  readonly #queue = new RecipientQueue({ clock: new FakeClock() });
  readonly #waiting = new Map<string, Job[]>();
  readonly #batches: Job[][] = [];
  #pushed = 0;

  apply(step: Step): void {
    switch (step.kind) {
      case 'push': {
        const pushed = job(step.recipient, `${++this.#pushed}`, 'x'.repeat(step.bytes), step.traffic);
        this.#queue.push(pushed);
        this.#lineOf(step.recipient).push(pushed);
        break;
      }
      case 'take':
        this.#take(step);
        break;
      case 'give-back': {
        const [batch] = this.#batches.splice(step.which % Math.max(1, this.#batches.length), 1);
        if (!batch) break;
        const again = batch.filter((_, index) => step.again[index]);
        if (step.isSuspect) for (const one of batch) one.maxCompany = Math.ceil(batch.length / 2);
        this.#giveBack(batch, again);
        break;
      }
      case 'withdraw': {
        const matches = ({ message, traffic }: Job) =>
          message.phoneNumber === step.recipient && traffic === step.traffic;
        const line = this.#lineOf(step.recipient);
        const withdrawn = this.#queue.withdraw(matches);
        this.#check(isSame(withdrawn, line.filter(matches)), 'withdrew something else');
        this.#waiting.set(
          step.recipient,
          line.filter((one) => !matches(one)),
        );
        break;
      }
    }
    const all = [...this.#waiting.values()].flat();
    const { interactive, bulk } = this.#queue.waiting;
    this.#check(interactive === all.filter(({ traffic }) => traffic === 'interactive').length, 'miscounted');
    this.#check(interactive + bulk === all.length, 'miscounted');
    const takeable = [...this.#waiting].some(([name, line]) => line.length > 0 && !this.#isBusy(name));
    this.#check(this.#queue.hasReady === takeable, 'something can be taken, or not');
  }

  /** Everything left comes out, although somebody new and interactive comes for each that does. */
  drain(): void {
    for (const batch of this.#batches.splice(0)) this.#giveBack(batch, batch);
    const left = new Set([...this.#waiting.values()].flat());
    const recipients = this.#waiting.size + 1;
    const mostTakes = left.size * recipients * TAKES_PER_BULK_PLACE * TAKES_PER_SUSPECTS_TURN;
    for (let takes = 0; takes < mostTakes && left.size > 0; takes += 1) {
      this.apply({ kind: 'push', recipient: `new-${takes}`, traffic: 'interactive', bytes: 1 });
      this.#take({ maxMessages: 1, maxBodyBytes: 1000 });
      for (const batch of this.#batches.splice(0)) {
        for (const taken of batch) left.delete(taken);
        this.#giveBack(batch, []);
      }
    }
    this.#check(left.size === 0, 'somebody was starved');
  }

  #take(bounded: { readonly maxMessages: number; readonly maxBodyBytes: number }): void {
    const heads = [...this.#waiting].filter(([name]) => !this.#isBusy(name)).map(([, [head]]) => head);
    const batch = this.#queue.take(bounded);
    this.#check(batch.length > 0 || heads.every((head) => head === undefined), 'took nothing');
    if (batch.length === 0) return;
    const bytes = batch.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    this.#check(batch.length <= bounded.maxMessages, 'too many');
    this.#check(batch.length === 1 || bytes <= bounded.maxBodyBytes, 'too many bytes');
    this.#check(
      batch.every(({ maxCompany }) => maxCompany >= batch.length && maxCompany === batch[0]?.maxCompany),
      'suspects in wrong company',
    );
    for (const name of new Set(batch.map(({ message }) => message.phoneNumber))) {
      const own = batch.filter(({ message }) => message.phoneNumber === name);
      const line = this.#lineOf(name);
      this.#check(!this.#isBusy(name), 'two batches with one recipient');
      this.#check(isSame(own, line.splice(0, own.length)), 'reordered, lost or doubled');
    }
    this.#batches.push(batch);
  }

  #giveBack(batch: readonly Job[], again: readonly Job[]): void {
    this.#queue.giveBack(batch, again);
    for (const one of again.toReversed()) this.#lineOf(one.message.phoneNumber).unshift(one);
  }

  #isBusy(name: string): boolean {
    return this.#batches.some((batch) => batch.some(({ message }) => message.phoneNumber === name));
  }

  #lineOf(name: string): Job[] {
    const line = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, line);
    return line;
  }

  #check(holds: boolean, violation: string): void {
    if (!holds) this.violations.push(violation);
  }
}

function isSame(some: readonly Job[], others: readonly Job[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}

function job(phoneNumber: string, messageId: string, body: string, traffic: Traffic): Job {
  const message = outboundMessage({ phoneNumber, messageId, text: { body, previewUrl: false } });
  return new Job({
    message,
    traffic,
    holder: 'h',
    acceptedAtMs: 0,
    expiresAtMs: Infinity,
    onEnd: () => undefined,
  });
}
