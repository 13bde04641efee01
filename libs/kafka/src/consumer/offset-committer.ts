import { busErrorOf } from '../bus-error.ts';
import type { BusConsumer } from '../bus.ts';
import type { ConsumerEvent } from './consumer-event.ts';
import type { OwnedPartition } from './owned-partition.ts';

export interface OffsetCommitterOptions {
  /** Undefined before it is started. */
  readonly consumer: () => BusConsumer | undefined;
  readonly owned: () => Iterable<OwnedPartition>;
  readonly onEvent: (event: ConsumerEvent) => void;
}

/** Commits what is settled, one commit at a time, so that an older offset never arrives behind a newer one. */
export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions;
  #committing: Promise<void> | undefined;

  constructor(options: OffsetCommitterOptions) {
    this.#options = options;
  }

  /** Joins the commit under way, if there is one. Never rejects: events tell. */
  commit(): Promise<void> {
    this.#committing ??= this.#commitSettled().finally(() => (this.#committing = undefined));
    return this.#committing;
  }

  /** The commit under way may be older than the last settlement: one more follows it. */
  async commitLast(): Promise<void> {
    await this.#committing;
    await this.commit();
  }

  /** A failed commit is not repeated: the next one says the same and more. */
  async #commitSettled(): Promise<void> {
    const { onEvent } = this.#options;
    const consumer = this.#options.consumer();
    const commits = [...this.#options.owned()].flatMap((owned) => {
      const offset = owned.toCommit;
      return offset === undefined ? [] : [{ owned, offset }];
    });
    if (!consumer?.state().connected || commits.length === 0) return;
    try {
      await consumer.commit(
        commits.map(({ owned: { topic, partition }, offset }) => ({ topic, partition, offset })),
      );
      for (const { owned, offset } of commits) owned.markCommitted(offset);
      onEvent({ type: 'committed', partitions: commits.length });
    } catch (error) {
      const { code, message } = busErrorOf(error);
      onEvent({ type: 'commit-failed', code, message });
    }
  }
}
