import { isDeepStrictEqual } from 'node:util';
import type { AccountLimits, Sender } from '@parley/sender';
import type { AccountConfiguration, Configuration } from './configuration.ts';
import type { ConfigurationLoading } from './load-configuration.ts';

const LOOK_EVERY_MS = 5_000;

export type LimitsEvent =
  | ({ readonly kind: 'limits-changed'; readonly account: string } & AccountLimits)
  /** The files cannot be read, or hold what they must not: the limits stay as they are. */
  | { readonly kind: 'limits-invalid'; readonly problems: readonly string[] };

/**
 * Follows limits and batch sizes of the accounts in the files they come from (`ACCOUNTS_FILE`, `INSIDER_…_FILE`), so
 * that they change without a restart. Whatever else those files hold counts from the next start on.
 */
export class LimitsWatch {
  readonly #sender: Pick<Sender, 'setLimits'>;
  readonly #reload: () => ConfigurationLoading;
  readonly #onEvent: (event: LimitsEvent) => void;
  readonly #timer: NodeJS.Timeout;
  #current: ReadonlyMap<string, AccountLimits>;
  #problems: readonly string[] = [];

  constructor(options: {
    readonly configuration: Configuration;
    readonly sender: Pick<Sender, 'setLimits'>;
    readonly reload: () => ConfigurationLoading;
    readonly onEvent: (event: LimitsEvent) => void;
  }) {
    this.#sender = options.sender;
    this.#reload = options.reload;
    this.#onEvent = options.onEvent;
    this.#current = limitsOf(options.configuration.accounts);
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** Reads the files and applies what changed. */
  look(): void {
    const loading = this.#reload();
    const problems = loading.kind === 'invalid' ? loading.problems : [];
    if (problems.length > 0 && !isDeepStrictEqual(problems, this.#problems)) {
      this.#onEvent({ kind: 'limits-invalid', problems });
    }
    this.#problems = problems;
    if (loading.kind === 'invalid') return;
    const read = limitsOf(loading.configuration.accounts);
    for (const [account, limits] of read) {
      if (!this.#current.has(account) || isDeepStrictEqual(limits, this.#current.get(account))) continue;
      this.#sender.setLimits(account, limits);
      this.#onEvent({ kind: 'limits-changed', account, ...limits });
    }
    this.#current = new Map([...this.#current].map(([name, limits]) => [name, read.get(name) ?? limits]));
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function limitsOf(accounts: readonly AccountConfiguration[]): Map<string, AccountLimits> {
  return new Map(
    accounts.map(({ name, limitPerSecond, maxMessagesPerRequest }) => [
      name,
      { limitPerSecond, maxMessagesPerRequest },
    ]),
  );
}
