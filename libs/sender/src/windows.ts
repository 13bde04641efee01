import type { Clock } from './clock.ts';
import type { SenderEvent } from './events.ts';
import { failureCode } from './failure-code.ts';
import type { Job } from './job.ts';
import { refusesText } from './service-window.ts';
import type { WindowPolicy } from './service-window.ts';
import type { WindowStore } from './window-store.ts';

export interface WindowParts {
  readonly account: string;
  readonly windowPolicy: WindowPolicy;
  /** Undefined: nobody is refused, whatever the policy. */
  readonly windows: WindowStore | undefined;
  readonly clock: Clock;
  readonly onEvent: (event: SenderEvent) => void;
}

/** The windows of one account's recipients, as the policy sees them. */
export class Windows {
  readonly #parts: WindowParts;

  constructor(parts: WindowParts) {
    this.#parts = parts;
  }

  /**
   * Of the jobs, those whose recipients' windows are closed, in one question to the store.
   *
   * While the store is away nobody is refused, under `strict` neither, and the event says so: to guess would stop all
   * traffic, and the provider itself refuses what it may not deliver (131047).
   */
  async closedTo(jobs: readonly Job[]): Promise<ReadonlySet<Job>> {
    const { account, windowPolicy, windows, clock, onEvent } = this.#parts;
    const recipients = [...new Set(jobs.map(({ message }) => message.phoneNumber))];
    if (windowPolicy === 'off' || !windows || recipients.length === 0) return new Set();
    try {
      const seen = await windows.find(account, recipients);
      const nowMs = clock.now();
      const closed = new Set(recipients.filter((_, index) => refusesText(windowPolicy, seen[index], nowMs)));
      return new Set(jobs.filter(({ message }) => closed.has(message.phoneNumber)));
    } catch (error) {
      onEvent({
        kind: 'store-failed',
        account,
        step: 'window',
        messages: jobs.length,
        code: failureCode(error),
      });
      return new Set();
    }
  }
}
