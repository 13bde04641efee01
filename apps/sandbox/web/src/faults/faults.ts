import { signal } from '@preact/signals';
import type { Faults, NewFaultRule } from '../api/answers.ts';
import type { Outcome, SandboxClient } from '../api/sandbox-client.ts';
import { PacedTask } from '../pace/paced-task.ts';
import type { Problems } from '../problems/problems.ts';

const RELOAD_INTERVAL_MS = 500;

/** The faults that are on, and all that there are. */
export class FaultSwitches {
  readonly now = signal<Faults | undefined>(undefined);
  /** This sandbox has no such route. */
  readonly isMissing = signal(false);
  readonly #client: SandboxClient;
  readonly #problems: Problems;
  readonly #reload = new PacedTask((stop) => this.#load(stop), RELOAD_INTERVAL_MS);

  constructor(client: SandboxClient, problems: Problems) {
    this.#client = client;
    this.#problems = problems;
  }

  reload(): void {
    this.#reload.request();
  }

  async add(rule: NewFaultRule): Promise<boolean> {
    return this.#done('The fault was not switched on', await this.#client.addFault(rule));
  }

  async remove(ids: readonly string[]): Promise<void> {
    const outcomes = await Promise.all(ids.map((id) => this.#client.removeFault(id)));
    // One that is gone already is what was wanted.
    for (const outcome of outcomes) {
      if (outcome.kind !== 'missing') this.#done('The fault was not switched off', outcome);
    }
    this.#reload.restart();
  }

  async removeAll(): Promise<void> {
    this.#done('The faults were not switched off', await this.#client.removeAllFaults());
  }

  #done(tried: string, outcome: Outcome<unknown>): boolean {
    const isDone = this.#problems.valueOf(tried, outcome) !== undefined;
    this.#reload.restart();
    return isDone;
  }

  async #load(stop: AbortSignal): Promise<void> {
    const outcome = await this.#client.faults(stop);
    if (stop.aborted) return;
    this.isMissing.value = outcome.kind === 'missing';
    if (outcome.kind === 'missing') return;
    const answer = this.#problems.valueOf('The faults could not be loaded', outcome);
    if (answer) this.now.value = answer.value;
  }
}
