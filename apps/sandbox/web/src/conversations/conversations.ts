import { batch, signal } from '@preact/signals';
import type { Change, Conversation } from '../api/answers.ts';
import type { SandboxClient } from '../api/sandbox-client.ts';
import { PacedTask } from '../pace/paced-task.ts';
import type { Problems } from '../problems/problems.ts';
import { mergeConversations } from './merge-conversations.ts';

/** Summaries kept: the newest. Older ones are found by searching. */
const MAX_KEPT = 1_000;
const RELOAD_INTERVAL_MS = 1_000;

/** The list on the left: summaries alone, never the texts of a conversation. */
export class Conversations {
  readonly list = signal<readonly Conversation[]>([]);
  /** All that match, also those that are not kept here. */
  readonly total = signal(0);
  readonly search = signal('');
  readonly isLoaded = signal(false);
  readonly #client: SandboxClient;
  readonly #problems: Problems;
  readonly #reload = new PacedTask((stop) => this.#load(stop), RELOAD_INTERVAL_MS);

  constructor(client: SandboxClient, problems: Problems) {
    this.#client = client;
    this.#problems = problems;
  }

  /** Asks for the list anew, at most once a second. */
  reload(): void {
    this.#reload.request();
  }

  /** Number or part of any text; the list follows at once. */
  searchFor(search: string): void {
    this.search.value = search;
    this.#reload.restart();
  }

  apply({ conversations, everything }: Change): void {
    if (conversations.length === 0 && !everything) return;
    // Only the sandbox knows whether a changed conversation matches, and what became of the others.
    if (everything || this.search.peek() !== '') {
      this.#reload.request();
      return;
    }
    const before = this.list.peek();
    batch(() => {
      this.list.value = mergeConversations(before, conversations, MAX_KEPT);
      const isComplete = this.total.peek() <= before.length;
      if (isComplete) this.total.value = this.list.peek().length;
      else this.#reload.request();
    });
  }

  async #load(stop: AbortSignal): Promise<void> {
    const outcome = await this.#client.conversations(this.search.peek(), MAX_KEPT, stop);
    const answer = this.#problems.valueOf('The conversations could not be loaded', outcome);
    if (answer === undefined) return;
    batch(() => {
      this.list.value = answer.value.conversations;
      this.total.value = answer.value.total;
      this.isLoaded.value = true;
    });
  }
}
