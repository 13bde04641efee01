import { describe, expect, it } from '@jest/globals';
import type { DeliveryStatus } from '@parley/contracts';
import { FakeClock, boundedRuns } from '@parley/testing';
import fc from 'fast-check';
import type { StatusNews } from './delivery-store.ts';
import { InProcessDeliveryStore } from './in-process-delivery-store.ts';
import { StatusIntake } from './status-intake.ts';

/** A case that does not end is a failure, and not a hanging test. */
const bounded = boundedRuns(90_000);

const PROCESSES = 3;
const LEASE_MS = 10_000;
/** The provider's, compressed; longer than the lease, so that what died is free again. */
const REPEATED_AFTER_MS = 12_000;
const RUN_MS = 60_000;

interface PlannedNews {
  readonly message: string;
  readonly named: 'key' | 'wamid' | 'both';
  readonly status: DeliveryStatus;
}

/** What becomes of a callback once its news are taken. `dies`: the whole process, with all that it is telling. */
type PlannedEnd = 'told' | 'fails' | 'dies-before-telling' | 'dies-after-telling';

interface PlannedCallback {
  readonly afterMs: number;
  readonly news: readonly PlannedNews[];
  /** Of the first attempts, each at another process; the later ones go well. */
  readonly attempts: readonly {
    readonly process: number;
    readonly tellMs: number;
    readonly end: PlannedEnd;
  }[];
}

const news: fc.Arbitrary<PlannedNews> = fc.record({
  message: fc.constantFrom('m', 'm', 'n'),
  named: fc.constantFrom('key', 'wamid', 'both'),
  status: fc.constantFrom('sent', 'sent', 'delivered', 'read', 'failed'),
});
const callback: fc.Arbitrary<PlannedCallback> = fc.record({
  afterMs: fc.constantFrom(0, 0, 0, 1, 90, 250, 1_900, 5_000),
  news: fc.array(news, { minLength: 1, maxLength: 3 }),
  attempts: fc.array(
    fc.record({
      process: fc.nat({ max: PROCESSES - 1 }),
      tellMs: fc.constantFrom(0, 1, 150, 3_000),
      end: fc.constantFrom<PlannedEnd>('told', 'told', 'fails', 'dies-before-telling', 'dies-after-telling'),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

describe('Several intakes on one store, whatever comes twice, fails and dies', () => {
  it('tell each status of a message whose callback was answered well, and tell it once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(callback, { minLength: 1, maxLength: 6 }), async (callbacks) => {
        const story = new Story();
        await story.run(callbacks);
        expect(story.violations()).toEqual([]);
      }),
      { ...bounded, numRuns: Math.ceil(bounded.numRuns / 10) },
    );
  }, 2_000_000);
});

interface Process {
  readonly intake: StatusIntake;
  alive: boolean;
}

/** What became of some callbacks. */
class Story {
  readonly #clock = new FakeClock();
  readonly #store = new InProcessDeliveryStore({ clock: this.#clock, ttlMs: 86_400_000, maxMessages: 100 });
  readonly #processes: Process[] = [];
  /** How often each status of each message is on the topic. */
  readonly #told = new Map<string, number>();
  /** Those that died on the topic, so that nobody could remember them. */
  readonly #mayRepeat = new Set<string>();
  readonly #unanswered = new Set<PlannedCallback>();
  readonly #answered = new Set<PlannedCallback>();
  #started = 0;

  async run(callbacks: readonly PlannedCallback[]): Promise<void> {
    for (let index = 0; index < PROCESSES; index += 1) this.#processes[index] = this.#startProcess();
    for (const message of ['m', 'n']) {
      await this.#store.settle('default', [newsOf({ message, named: 'both', status: 'accepted' })]);
    }
    for (const planned of callbacks) {
      await this.#clock.advance(planned.afterMs);
      this.#unanswered.add(planned);
      void this.#deliver(planned);
    }
    await this.#clock.advance(RUN_MS);
  }

  violations(): string[] {
    const unanswered = [...this.#unanswered].map(() => 'a callback was never answered well');
    const lost = [...this.#answered]
      .flatMap((planned) => planned.news.map(nameOf))
      .filter((name) => !this.#told.has(name))
      .map((name) => `${name} was never told`);
    const repeated = [...this.#told]
      .filter(([name, times]) => times > 1 && !this.#mayRepeat.has(name))
      .map(([name, times]) => `${name} was told ${times} times`);
    return [...unanswered, ...lost, ...repeated];
  }

  /** As the provider does: again, until it is answered well. */
  async #deliver(planned: PlannedCallback): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const { process, tellMs, end } = planned.attempts[attempt] ?? { process: 0, tellMs: 0, end: 'told' };
      if (await this.#isAnsweredWell(planned, process, tellMs, end)) break;
      await this.#clock.sleep(REPEATED_AFTER_MS);
    }
    this.#unanswered.delete(planned);
    this.#answered.add(planned);
  }

  async #isAnsweredWell(
    planned: PlannedCallback,
    index: number,
    tellMs: number,
    end: PlannedEnd,
  ): Promise<boolean> {
    const process = this.#processes[index] ?? this.#startProcess();
    const taken = await process.intake.take(
      'default',
      planned.news.map(newsOf),
      new AbortController().signal,
    );
    if (process.alive) await this.#clock.sleep(tellMs);
    if (!process.alive) return false;
    if (end === 'fails') {
      await process.intake.notTold(taken);
      return false;
    }
    if (end === 'dies-before-telling') return this.#die(process, index);
    for (const [at, verdict] of taken.verdicts.entries()) {
      const planNews = planned.news[at];
      if (verdict.kind !== 'tell' || !planNews) continue;
      const name = nameOf(planNews);
      this.#told.set(name, (this.#told.get(name) ?? 0) + 1);
      if (end === 'dies-after-telling') this.#mayRepeat.add(name);
    }
    if (end === 'dies-after-telling') return this.#die(process, index);
    await process.intake.told(taken);
    return !taken.busy;
  }

  #die(process: Process, index: number): false {
    process.alive = false;
    this.#processes[index] = this.#startProcess();
    return false;
  }

  #startProcess(): Process {
    this.#started += 1;
    const intake = new StatusIntake({
      deliveries: this.#store,
      messages: { findByKeys: (_, keys) => Promise.resolve(keys.map((key) => messageOf(key))) },
      clock: this.#clock,
      holder: `process-${this.#started}`,
      leaseMs: LEASE_MS,
    });
    return { intake, alive: true };
  }
}

function newsOf({ message, named, status }: PlannedNews): StatusNews {
  return {
    ...(named !== 'wamid' && { key: `key-${message}` }),
    ...(named !== 'key' && { wamid: `wamid-${message}` }),
    status,
    timeMs: 1,
    receivedMs: 2,
  };
}

function nameOf({ message, status }: PlannedNews): string {
  return `${status} of ${message}`;
}

function messageOf(messageId: string) {
  return {
    messageId,
    account: 'default',
    phoneNumber: '+14155550100',
    metadata: {},
    attempts: 1,
    settledMs: 1,
  };
}
