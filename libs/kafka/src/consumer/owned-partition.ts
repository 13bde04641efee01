import type { IncomingRecord, TopicPartition } from '../bus.ts';
import { OffsetTracker } from './offset-tracker.ts';

/**
 * One partition for as long as this member owns it. Losing it orphans the object: work that is still running settles
 * into a tracker that nobody commits from any more, so a late result can never move the group.
 */
export class OwnedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly tracker = new OffsetTracker();
  paused = false;
  /** Where the log ended at the last fetch. */
  endOffset = 0n;
  readonly #running = new Set<AbortController>();
  #lost = false;
  /** What the group has committed, as far as this member knows; before that, where it began to read. */
  #committed: bigint | undefined;
  /** No batch begins before it, unless the log itself has been reset. */
  #position: bigint | undefined;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
  }

  get lost(): boolean {
    return this.#lost;
  }

  lose(): void {
    this.#lost = true;
    this.abortRunning();
  }

  abortRunning(): void {
    for (const controller of this.#running) controller.abort();
  }

  /** A signal of its own for each record: one shared by thousands would collect the listeners of all of them. */
  async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    this.#running.add(controller);
    try {
      await work(controller.signal);
    } finally {
      this.#running.delete(controller);
    }
  }

  /**
   * The group was assigned anew and this member keeps the partition: delivery begins again at what is committed now. What
   * it commits before the first batch comes changes nothing about where that begins.
   */
  replays(): void {
    this.#position = this.#committed;
  }

  /** Whether a batch that begins there means that the log itself has been reset. */
  isReset(firstOffset: bigint): boolean {
    return this.#position !== undefined && firstOffset < this.#position;
  }

  /** A batch has come. */
  received({ firstOffset, nextOffset }: { readonly firstOffset: bigint; readonly nextOffset: bigint }): void {
    this.#committed ??= firstOffset;
    this.#position = nextOffset;
  }

  /** The offset that may be committed and is not yet. */
  get toCommit(): bigint | undefined {
    const { committable } = this.tracker;
    return committable !== undefined && committable !== this.#committed ? committable : undefined;
  }

  markCommitted(offset: bigint): void {
    this.#committed = offset;
  }

  /** Records up to the end of the log that are not settled, fetched or not. */
  get lag(): bigint {
    const { committable } = this.tracker;
    return committable === undefined || committable > this.endOffset ? 0n : this.endOffset - committable;
  }

  /**
   * Lanes outlive the ownership: when a partition comes back while its earlier work is still running, that record and
   * its key wait for it, instead of running beside themselves. A record without a key is a lane of its own.
   */
  laneOf({ key, offset }: IncomingRecord): string {
    const lane = key === null ? `#${offset}` : `=${key.toString('latin1')}`;
    return `${this.topic}/${this.partition}${lane}`;
  }
}
