import { batch, signal } from '@preact/signals';
import type { SandboxRequest } from '../api/answers.ts';
import type { SandboxClient } from '../api/sandbox-client.ts';
import { PacedTask } from '../pace/paced-task.ts';
import type { Problems } from '../problems/problems.ts';

const MAX_SHOWN = 100;
const RELOAD_INTERVAL_MS = 1_000;

/** The newest requests to the endpoint, refused ones too, as long as somebody looks at them. */
export class LatestRequests {
  readonly list = signal<readonly SandboxRequest[]>([]);
  readonly total = signal(0);
  readonly refusedOnly = signal(false);
  readonly isMissing = signal(false);
  readonly isLoaded = signal(false);
  readonly #client: SandboxClient;
  readonly #problems: Problems;
  readonly #reload = new PacedTask((stop) => this.#load(stop), RELOAD_INTERVAL_MS);
  #isWatched = false;

  constructor(client: SandboxClient, problems: Problems) {
    this.#client = client;
    this.#problems = problems;
  }

  /** @returns ends it */
  watch(): () => void {
    this.#isWatched = true;
    this.#reload.request();
    return () => {
      this.#isWatched = false;
      this.#reload.cancel();
    };
  }

  reload(): void {
    if (this.#isWatched) this.#reload.request();
  }

  showRefusedOnly(refusedOnly: boolean): void {
    this.refusedOnly.value = refusedOnly;
    this.#reload.restart();
  }

  async #load(stop: AbortSignal): Promise<void> {
    const outcome = await this.#client.requests(this.refusedOnly.peek(), MAX_SHOWN, stop);
    if (stop.aborted) return;
    this.isMissing.value = outcome.kind === 'missing';
    if (outcome.kind === 'missing') return;
    const answer = this.#problems.valueOf('The requests could not be loaded', outcome);
    if (answer === undefined) return;
    batch(() => {
      this.list.value = answer.value.requests;
      this.total.value = answer.value.total;
      this.isLoaded.value = true;
    });
  }
}
