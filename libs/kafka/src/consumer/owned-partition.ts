import type { IncomingRecord, RecordBatch, TopicPartition } from '../bus.ts';
import { OffsetTracker } from './offset-tracker.ts';

/**
 * What a batch means for what is known of its partition. `log-reset`: the log ends before what had come.
 * `partition-taken-over`: another member has committed more than had come here. Anything else goes on, though it may
 * repeat what has come.
 */
export type Continuity = 'goes-on' | 'log-reset' | 'partition-taken-over';

/**
 * One partition for as long as this member owns it. Losing it orphans the object: work that is still running settles
 * into a tracker that nobody commits from any more, so a late result can never move the group.
 */
export class OwnedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly tracker = new OffsetTracker();
  paused = false;
  /** Where the log ended at the latest fetch; a batch that comes late knows less. */
  endOffset = 0n;
  readonly #running = new Set<AbortController>();
  #lost = false;
  /** What the group has committed, as far as this member knows; before that, where it began to read. */
  #committed: bigint | undefined;
  /** Until the first batch of a new assignment: what was committed when that came. */
  #replayFrom: bigint | undefined;

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
    this.#replayFrom = this.#committed;
  }

  /**
   * To be asked of each batch before it is taken. Batches repeat within an assignment too: each broker is fetched from on
   * its own, and a leader that moves may be heard twice, the second time late. So what has not been committed is given up
   * for a reset only when delivery begins again at or before it.
   */
  place({ fetchOffset, endOffset }: Pick<RecordBatch, 'fetchOffset' | 'endOffset'>): Continuity {
    const replayFrom = this.#replayFrom;
    this.#replayFrom = undefined;
    this.#committed ??= fetchOffset;
    const { next } = this.tracker;
    if (next === undefined) return 'goes-on';
    if (replayFrom !== undefined && fetchOffset < replayFrom) return 'log-reset';
    if (replayFrom !== undefined && fetchOffset > next) return 'partition-taken-over';
    return endOffset < next && fetchOffset <= this.#committed ? 'log-reset' : 'goes-on';
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
