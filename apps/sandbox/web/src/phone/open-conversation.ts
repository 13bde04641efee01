import { batch, signal } from '@preact/signals';
import type { Change, Conversation, Entry } from '../api/answers.ts';
import type { SandboxClient } from '../api/sandbox-client.ts';
import { PacedTask } from '../pace/paced-task.ts';
import type { Problems } from '../problems/problems.ts';
import { entryId } from './entries.ts';
import { mergeNewest } from './merge-entries.ts';

const PAGE = 50;
/** What the sandbox gives at once; statuses of texts older than these are shown as they were loaded. */
const MAX_PAGE = 200;
/** Texts kept on the page: beyond, the newest page alone is left. */
export const MAX_ENTRIES = 500;
const REFRESH_INTERVAL_MS = 150;

/** `unknown`: nobody has written to or from this number yet. */
export type LoadState = 'loading' | 'loaded' | 'unknown' | 'failed';

/** The conversation on the phone, if one is open. */
export class OpenConversation {
  readonly phoneNumber = signal<string | undefined>(undefined);
  readonly summary = signal<Conversation | undefined>(undefined);
  readonly entries = signal<readonly Entry[]>([]);
  readonly hasOlder = signal(false);
  readonly isLoadingOlder = signal(false);
  readonly state = signal<LoadState>('loading');
  readonly #client: SandboxClient;
  readonly #problems: Problems;
  readonly #refresh = new PacedTask((stop) => this.#load(stop), REFRESH_INTERVAL_MS);
  #before: string | undefined;

  constructor(client: SandboxClient, problems: Problems) {
    this.#client = client;
    this.#problems = problems;
  }

  open(phoneNumber: string | undefined): void {
    if (phoneNumber === this.phoneNumber.peek()) return;
    this.#refresh.cancel();
    batch(() => {
      this.phoneNumber.value = phoneNumber;
      this.#clear('loading');
    });
    if (phoneNumber !== undefined) this.#refresh.restart();
  }

  refresh(): void {
    if (this.phoneNumber.peek() !== undefined) this.#refresh.request();
  }

  apply({ conversations, everything }: Change): void {
    const phoneNumber = this.phoneNumber.peek();
    if (everything || conversations.some((each) => each.phoneNumber === phoneNumber)) this.refresh();
  }

  async loadOlder(): Promise<void> {
    const phoneNumber = this.phoneNumber.peek();
    const before = this.#before;
    if (phoneNumber === undefined || before === undefined || this.isLoadingOlder.peek()) return;
    this.isLoadingOlder.value = true;
    const outcome = await this.#client.conversation(phoneNumber, { limit: PAGE, before });
    this.isLoadingOlder.value = false;
    // Meanwhile another one may have been opened, or this one begun anew.
    if (this.phoneNumber.peek() !== phoneNumber || this.#before !== before) return;
    const answer = this.#problems.valueOf('Older messages could not be loaded', outcome);
    if (answer === undefined) return;
    const known = new Set(this.entries.peek().map(entryId));
    const older = answer.value.entries.filter((entry) => !known.has(entryId(entry)));
    this.#show([...older, ...this.entries.peek()], answer.value.before);
  }

  async #load(stop: AbortSignal): Promise<void> {
    const phoneNumber = this.phoneNumber.peek();
    if (phoneNumber === undefined) return;
    const loaded = { entries: this.entries.peek(), before: this.#before };
    const limit = Math.min(MAX_PAGE, Math.max(PAGE, loaded.entries.length + 1));
    const outcome = await this.#client.conversation(phoneNumber, { limit }, stop);
    if (stop.aborted) return;
    if (outcome.kind === 'missing') {
      this.#clear('unknown');
      return;
    }
    const answer = this.#problems.valueOf('This conversation could not be loaded', outcome);
    if (answer === undefined) {
      if (this.state.peek() === 'loading') this.state.value = 'failed';
      return;
    }
    const { conversation, entries, before } = answer.value;
    // What older messages brought meanwhile is kept.
    const now = { entries: this.entries.peek(), before: this.#before };
    const merged = mergeNewest(now, { entries, before }, MAX_ENTRIES);
    batch(() => {
      this.summary.value = conversation;
      this.state.value = 'loaded';
      this.#show(merged.entries, merged.before);
    });
  }

  #clear(state: LoadState): void {
    batch(() => {
      this.summary.value = undefined;
      this.state.value = state;
      this.#show([], undefined);
    });
  }

  #show(entries: readonly Entry[], before: string | undefined): void {
    this.#before = before;
    const shown = this.entries.peek();
    const isSame = shown.length === entries.length && shown.every((entry, index) => entry === entries[index]);
    batch(() => {
      if (!isSame) this.entries.value = entries;
      this.hasOlder.value = before !== undefined;
    });
  }
}
