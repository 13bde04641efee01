import { batch, signal } from '@preact/signals';
import type { NewWebhook, SettingDescription, Settings, SettingValue, Webhook } from '../api/answers.ts';
import type { Outcome, SandboxClient } from '../api/sandbox-client.ts';
import { PacedTask } from '../pace/paced-task.ts';
import type { Problems } from '../problems/problems.ts';

const RELOAD_INTERVAL_MS = 1_000;

/** Undefined: not loaded yet. `missing`: this sandbox has no such route. */
export type Loaded<T> =
  { readonly kind: 'loaded'; readonly value: T } | { readonly kind: 'missing' } | undefined;

/** How the sandbox behaves, and where its callbacks go. */
export class CurrentSettings {
  readonly now = signal<Loaded<Settings>>(undefined);
  readonly descriptions = signal<Loaded<readonly SettingDescription[]>>(undefined);
  readonly webhook = signal<Loaded<Webhook>>(undefined);
  readonly #client: SandboxClient;
  readonly #problems: Problems;
  readonly #reload = new PacedTask((stop) => this.#load(stop), RELOAD_INTERVAL_MS);

  constructor(client: SandboxClient, problems: Problems) {
    this.#client = client;
    this.#problems = problems;
  }

  /** Whether texts outside the 24 h window fail; undefined when it is not known. */
  get enforcesWindow(): boolean | undefined {
    const settings = this.now.value;
    const enforced = settings?.kind === 'loaded' ? settings.value['enforceWindow'] : undefined;
    return typeof enforced === 'boolean' ? enforced : undefined;
  }

  reload(): void {
    this.#reload.request();
  }

  /** @returns why not, in the sandbox's words, or undefined when it is done */
  async change(name: string, value: SettingValue): Promise<string | undefined> {
    const outcome = await this.#client.changeSettings({ [name]: value });
    if (outcome.kind === 'ok') this.now.value = { kind: 'loaded', value: outcome.value };
    return reasonOf(outcome);
  }

  /** @returns why not, in the sandbox's words, or undefined when it is done */
  async changeWebhook(webhook: NewWebhook): Promise<string | undefined> {
    const outcome = await this.#client.changeWebhook(webhook);
    this.#reload.restart();
    return reasonOf(outcome);
  }

  async #load(stop: AbortSignal): Promise<void> {
    const [settings, descriptions, webhook] = await Promise.all([
      this.#client.settings(stop),
      this.#client.settingDescriptions(stop),
      this.#client.webhook(stop),
    ]);
    if (stop.aborted) return;
    batch(() => {
      this.now.value = this.#loaded(settings) ?? this.now.peek();
      this.descriptions.value = this.#loaded(descriptions) ?? this.descriptions.peek();
      this.webhook.value = this.#loaded(webhook) ?? this.webhook.peek();
    });
  }

  #loaded<T>(outcome: Outcome<T>): Loaded<T> {
    if (outcome.kind === 'missing') return { kind: 'missing' };
    const answer = this.#problems.valueOf('The settings could not be loaded', outcome);
    return answer && { kind: 'loaded', value: answer.value };
  }
}

function reasonOf(outcome: Outcome<unknown>): string | undefined {
  return 'message' in outcome ? outcome.message : undefined;
}
