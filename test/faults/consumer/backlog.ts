import type { Bus, OutgoingRecord } from '@parley/kafka';

const MOST_PER_SEND = 500;

export interface BacklogOptions {
  readonly bus: Pick<Bus, 'send'>;
  readonly topic: string;
  readonly account: string;
  /** Each gets a record in turn. */
  readonly recipients: number;
  /** What to do with an ambiguous send: each round over the recipients takes the next. */
  readonly policies: readonly ('resend' | 'report')[];
}

/** Writes send records whose bodies are their ids, so that the provider can tell which is which. */
export class Backlog {
  readonly #options: BacklogOptions;
  #produced = 0;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /** Acknowledged so far. */
  get produced(): number {
    return this.#produced;
  }

  get ids(): readonly string[] {
    return Array.from({ length: this.#produced }, (_, nth) => this.#idOf(nth));
  }

  /** Resolves when so many more are on the topic. */
  async produce(count: number): Promise<void> {
    const { bus } = this.#options;
    for (let left = count; left > 0;) {
      const records = Array.from({ length: Math.min(left, MOST_PER_SEND) }, (_, index) =>
        this.#record(this.#produced + index),
      );
      await bus.send(records);
      this.#produced += records.length;
      left -= records.length;
    }
  }

  #record(nth: number): OutgoingRecord {
    const { topic, account, recipients, policies } = this.#options;
    const phoneNumber = `+4915110${String(nth % recipients).padStart(6, '0')}`;
    const messageId = this.#idOf(nth);
    const ambiguousSends = policies[Math.floor(nth / recipients) % policies.length];
    const value = { messageId, account, phoneNumber, text: { body: messageId }, ambiguousSends };
    return { topic, key: phoneNumber, value: JSON.stringify(value) };
  }

  #idOf(nth: number): string {
    return `${this.#options.account}-${nth}`;
  }
}
