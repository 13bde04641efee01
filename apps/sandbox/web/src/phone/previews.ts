import { signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { Preview } from '../api/answers.ts';
import type { SandboxClient } from '../api/sandbox-client.ts';

/** Kept so that a link is asked for once; beyond, the oldest make room. */
const MAX_KEPT = 200;

const ASKED_AGAIN_AFTER_MS = 5_000;
/** Reasons that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(['BUSY', 'TIMEOUT']);

export type PreviewState = Preview | { readonly kind: 'loading' };

/** Cards of links, each asked for when it is first shown. */
export class Previews {
  readonly #client: SandboxClient;
  readonly #byUrl = new Map<string, Signal<PreviewState>>();

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  of(url: string): ReadonlySignal<PreviewState> {
    const known = this.#byUrl.get(url);
    if (known) return known;
    const state = signal<PreviewState>({ kind: 'loading' });
    this.#byUrl.set(url, state);
    const [oldest] = this.#byUrl.keys();
    if (this.#byUrl.size > MAX_KEPT && oldest !== undefined) this.#byUrl.delete(oldest);
    void this.#load(url, state);
    return state;
  }

  /** What is drawn later is asked for again; at once it would be at every drawing, without an end. */
  #forgetLater(url: string): void {
    setTimeout(() => this.#byUrl.delete(url), ASKED_AGAIN_AFTER_MS);
  }

  async #load(url: string, state: Signal<PreviewState>): Promise<void> {
    const outcome = await this.#client.preview(url);
    if (outcome.kind === 'ok') {
      state.value = outcome.value;
      if (outcome.value.kind === 'none' && PASSING.has(outcome.value.reason)) this.#forgetLater(url);
      return;
    }
    const reason = 'message' in outcome ? outcome.message : 'cancelled';
    state.value = { kind: 'none', reason, advice: 'Open the conversation again to try once more.' };
    this.#forgetLater(url);
  }
}
