import { batch, signal } from '@preact/signals';
import type { Change, Entry, MessageDetail } from '../api/answers.ts';
import type { SandboxClient } from '../api/sandbox-client.ts';
import { PacedTask } from '../pace/paced-task.ts';
import { entryId } from '../phone/entries.ts';
import type { Problems } from '../problems/problems.ts';

const REFRESH_INTERVAL_MS = 500;
/** Behind the time of the next attempt, until its answer is in. */
const AFTER_ATTEMPT_MS = 400;
/** Timers of a browser overflow above 2^31 milliseconds; an hour is soon enough to look again. */
const MAX_WAIT_MS = 3_600_000;

export type DetailState = 'loading' | 'loaded' | 'gone' | 'failed';

/** All about the one text that is selected. */
export class MessageDetails {
  readonly selected = signal<Entry | undefined>(undefined);
  /** Of a text to the user; one of the user's own has none. */
  readonly detail = signal<MessageDetail | undefined>(undefined);
  readonly state = signal<DetailState>('loading');
  readonly #client: SandboxClient;
  readonly #problems: Problems;
  readonly #refresh = new PacedTask((stop) => this.#load(stop), REFRESH_INTERVAL_MS);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: SandboxClient, problems: Problems) {
    this.#client = client;
    this.#problems = problems;
  }

  select(entry: Entry | undefined): void {
    const known = this.selected.peek();
    if (known && entry && entryId(known) === entryId(entry)) return;
    this.#refresh.cancel();
    clearTimeout(this.#timer);
    batch(() => {
      this.selected.value = entry;
      this.detail.value = undefined;
      this.state.value = entry?.outbound ? 'loading' : 'loaded';
    });
    if (entry?.outbound) this.#refresh.restart();
  }

  refresh(): void {
    if (this.selected.peek()?.outbound) this.#refresh.request();
  }

  apply({ conversations, everything }: Change): void {
    const phoneNumber = this.selected.peek()?.outbound?.phoneNumber;
    if (everything || conversations.some((each) => each.phoneNumber === phoneNumber)) this.refresh();
  }

  async #load(stop: AbortSignal): Promise<void> {
    const key = this.selected.peek()?.outbound?.key;
    if (key === undefined) return;
    const outcome = await this.#client.message(key, stop);
    if (stop.aborted) return;
    if (outcome.kind === 'missing') {
      this.state.value = 'gone';
      return;
    }
    const answer = this.#problems.valueOf('The details could not be loaded', outcome);
    batch(() => {
      if (answer) this.detail.value = answer.value;
      this.state.value = answer ? 'loaded' : this.detail.peek() ? 'loaded' : 'failed';
    });
    this.#lookAfterNextAttempt();
  }

  /** Attempts change no conversation, so that nobody tells of them. */
  #lookAfterNextAttempt(): void {
    clearTimeout(this.#timer);
    const times = this.detail
      .peek()
      ?.callbacks.flatMap(({ nextTime }) => (nextTime ? [Date.parse(nextTime)] : []));
    if (times === undefined || times.length === 0) return;
    const waitMs = Math.min(...times) - Date.now() + AFTER_ATTEMPT_MS;
    this.#timer = setTimeout(() => this.refresh(), Math.min(MAX_WAIT_MS, Math.max(AFTER_ATTEMPT_MS, waitMs)));
  }
}
