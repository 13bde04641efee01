import { Backoff, pauseFor, type BackoffOptions } from '../backoff.ts';
import type {
  Assignment,
  Bus,
  BusConsumer,
  ConnectionState,
  ConsumerListener,
  IncomingRecord,
  RecordBatch,
  TopicPartition,
} from '../bus.ts';
import { within } from '../deadline.ts';
import { recordBytes } from '../record-size.ts';
import type { ConsumerEvent } from './consumer-event.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { DeadLetter } from './dead-letter.ts';
import { KeyLanes } from './key-lanes.ts';
import { OffsetCommitter } from './offset-committer.ts';
import { OwnedPartition, type Continuity } from './owned-partition.ts';

/** How a record ended. Trouble that passes is not a verdict: the handler waits for its end. */
export type RecordVerdict =
  | { readonly kind: 'done' }
  /**
   * Not dealt with. When the process is stopping or the signal is aborted, the next member gets it; otherwise the handler
   * is called with it again after a while, and what is behind it in its key waits.
   */
  | { readonly kind: 'abandoned' }
  /** `reason` is one of a closed list of codes; `message` explains it to a person, without the record's contents. */
  | { readonly kind: 'dead-letter'; readonly reason: string; readonly message: string };

/**
 * @param signal aborts when the result would not count any more: the partition went to another member, or the grace
 * period of closing is over. A handler that then rejects has abandoned the record; it is delivered again.
 */
export type RecordHandler = (
  record: IncomingRecord,
  context: { readonly signal: AbortSignal },
) => Promise<RecordVerdict>;

export interface KeyOrderedConsumerOptions {
  readonly bus: Bus;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly deadLetterTopic: string;
  readonly handler: RecordHandler;
  /** Records with their handlers at once, over all partitions. @default 1_000 */
  readonly maxInFlight?: number;
  /**
   * Unsettled records of one partition that pause it; half of them resume it. What one fetch brings may exceed it once, so
   * memory is bounded by this plus one fetch per partition.
   * @default 2_500
   */
  readonly highWaterRecords?: number;
  /** The same for the bytes of their keys, values and headers. @default 8 MiB */
  readonly highWaterBytes?: number;
  /** Records behind one that does not settle, before the partition waits for it: what a crash would replay. @default 50_000 */
  readonly maxReplayRecords?: number;
  /** @default 500 */
  readonly commitIntervalMs?: number;
  /** Between attempts to reach the dead letter topic. @default 200 ms doubling to 10 s */
  readonly deadLetterBackoff?: BackoffOptions;
  /** Before a record that its handler abandoned begins again. @default 1 s doubling to 10 s */
  readonly abandonedBackoff?: BackoffOptions;
  readonly onEvent?: (event: ConsumerEvent) => void;
}

/** Facts for health: a consumer that stands still has lag and a `standstillMs`, or a fetch loop without progress. */
export interface ConsumerState {
  readonly connection: ConnectionState;
  readonly partitions: number;
  readonly pausedPartitions: number;
  /** Handlers running now. */
  readonly inFlight: number;
  /** Fetched and waiting for its key or for a free place. */
  readonly waiting: number;
  /** How long the oldest running handler has been at it; absent when none runs. */
  readonly oldestInFlightMs?: number;
  /** A time of `performance.now()`; absent before the first. */
  readonly lastSettledMs?: number;
  /** Records in the log of the owned partitions that are not settled, as of the last fetch of each. */
  readonly lag: bigint;
  /** Those of them that have come. When none of them runs or waits, they are forgotten: a bug of this consumer. */
  readonly unsettled: number;
  /** For how long there has been lag while nothing was settled; 0 without lag. */
  readonly standstillMs: number;
}

/** Reason of the dead letter of a record whose handler threw. */
export const HANDLER_FAILED = 'HANDLER_FAILED';

/**
 * Consumes at least once. Records of one key run in order, keys in parallel; a partition is committed up to its oldest
 * unsettled record and never beyond. A handler takes the time it needs, and a record that cannot be handled goes to the
 * dead letter topic; only one that was abandoned for no reason of this consumer's begins again.
 */
export class KeyOrderedConsumer {
  readonly #options: Required<KeyOrderedConsumerOptions>;
  readonly #lanes: KeyLanes;
  readonly #deadLetters: DeadLetterQueue;
  readonly #committer: OffsetCommitter;
  readonly #owned = new Map<string, OwnedPartition>();
  /** When each running handler began, oldest first. */
  readonly #startedMs = new Map<IncomingRecord, number>();
  #consumer: BusConsumer | undefined;
  #memberId: string | undefined;
  #commitTimer: NodeJS.Timeout | undefined;
  #lastSettledMs: number | undefined;
  /** When something was settled last, or lag began. */
  #lastProgressMs = performance.now();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(options: KeyOrderedConsumerOptions) {
    this.#options = {
      maxInFlight: 1_000,
      highWaterRecords: 2_500,
      highWaterBytes: 8 * 1024 * 1024,
      maxReplayRecords: 50_000,
      commitIntervalMs: 500,
      deadLetterBackoff: { firstMs: 200, maxMs: 10_000 },
      abandonedBackoff: { firstMs: 1_000, maxMs: 10_000 },
      onEvent: () => undefined,
      ...options,
    };
    const { bus, maxInFlight, deadLetterTopic, deadLetterBackoff, onEvent } = this.#options;
    this.#lanes = new KeyLanes(maxInFlight);
    this.#deadLetters = new DeadLetterQueue({
      bus,
      topic: deadLetterTopic,
      backoff: deadLetterBackoff,
      maxPending: maxInFlight,
      onEvent,
    });
    this.#committer = new OffsetCommitter({
      consumer: () => this.#consumer,
      owned: () => this.#owned.values(),
      onEvent,
    });
  }

  /** Returns at once; the group is joined when the broker is there. */
  start(): void {
    if (this.#consumer || this.#closed) return;
    const { bus, groupId, topics, commitIntervalMs } = this.#options;
    const listener: ConsumerListener = {
      assigned: (assignment) => this.#assigned(assignment),
      rebalancing: () => void this.#committer.commit(),
      received: (batch) => this.#received(batch),
    };
    this.#consumer = bus.consume({ groupId, topics }, listener);
    this.#commitTimer = setInterval(() => void this.#committer.commit(), commitIntervalMs);
  }

  state(): ConsumerState {
    const owned = [...this.#owned.values()];
    const [oldestStartMs] = this.#startedMs.values();
    const lag = this.#lag();
    return {
      connection: this.#consumer?.state() ?? { connected: false, sinceMs: 0 },
      partitions: owned.length,
      pausedPartitions: owned.filter(({ paused }) => paused).length,
      inFlight: this.#lanes.running,
      waiting: this.#lanes.waiting,
      ...(oldestStartMs !== undefined && { oldestInFlightMs: performance.now() - oldestStartMs }),
      ...(this.#lastSettledMs !== undefined && { lastSettledMs: this.#lastSettledMs }),
      lag,
      unsettled: owned.reduce((sum, { tracker }) => sum + tracker.unsettledCount, 0),
      standstillMs: lag > 0n ? performance.now() - this.#lastProgressMs : 0,
    };
  }

  /**
   * Takes no more records, waits up to `graceMs` for the running handlers, then aborts their signal; commits what is
   * settled and leaves the group. Records that wait or are abandoned go to the next member.
   */
  close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#closed ??= this.#shutDown(graceMs);
    this.#closing.abort();
    return this.#closed;
  }

  #assigned({ memberId, partitions }: Assignment): void {
    const expelled = memberId !== this.#memberId;
    this.#memberId = memberId;
    const assigned = new Map(partitions.map((each) => [idOf(each), each]));
    this.#lose([...this.#owned.values()].filter((each) => expelled || !assigned.has(idOf(each))));
    // What is kept stays as it is: the replay from the committed offset passes over the records seen before.
    for (const [id, each] of assigned) {
      const kept = this.#owned.get(id);
      if (kept) kept.replays();
      else this.#owned.set(id, new OwnedPartition(each));
    }
    for (const owned of this.#owned.values()) {
      if (owned.paused || this.#closed !== undefined) this.#consumer?.pause([owned]);
      else this.#consumer?.resume([owned]);
    }
  }

  #received(batch: RecordBatch): void {
    let owned = this.#owned.get(idOf(batch));
    if (this.#closed || !owned) return;
    if (this.#lag() === 0n) this.#lastProgressMs = performance.now();
    const continuity = owned.place(batch);
    if (continuity !== 'goes-on') owned = this.#beginAnew(owned, continuity, batch);
    for (const record of batch.records) {
      if (owned.tracker.add(record.offset, bytesOf(record))) this.#enqueue(record, owned);
    }
    owned.tracker.skipTo(batch.nextOffset);
    if (batch.endOffset > owned.endOffset) owned.endOffset = batch.endOffset;
    this.#regulate(owned);
  }

  #beginAnew(lost: OwnedPartition, type: Exclude<Continuity, 'goes-on'>, batch: RecordBatch): OwnedPartition {
    const { topic, partition } = batch;
    this.#options.onEvent({ type, topic, partition });
    this.#lose([lost]);
    const owned = new OwnedPartition(batch);
    this.#owned.set(idOf(batch), owned);
    owned.place(batch);
    if (lost.paused) this.#consumer?.resume([owned]);
    return owned;
  }

  #enqueue(record: IncomingRecord, owned: OwnedPartition): void {
    this.#lanes.enqueue(owned.laneOf(record), async () => {
      if (owned.lost || this.#closed) return;
      this.#startedMs.set(record, performance.now());
      await owned.run(async (signal) => {
        if (await this.#processSurely(record, signal)) this.#settle(record, owned);
      });
      this.#startedMs.delete(record);
    });
  }

  #settle(record: IncomingRecord, owned: OwnedPartition): void {
    owned.tracker.settle(record.offset);
    this.#lastSettledMs = performance.now();
    this.#lastProgressMs = this.#lastSettledMs;
    this.#regulate(owned);
  }

  /** False when this member is not to deal with the record any more. */
  async #processSurely(record: IncomingRecord, signal: AbortSignal): Promise<boolean> {
    const backoff = new Backoff(this.#options.abandonedBackoff);
    const { topic, partition, offset } = record;
    while (!(await this.#process(record, signal))) {
      if (signal.aborted || this.#closed) return false;
      const retryInMs = backoff.next();
      this.#options.onEvent({ type: 'record-abandoned', topic, partition, offset, retryInMs });
      const over = AbortSignal.any([signal, this.#closing.signal]);
      await pauseFor(retryInMs, over);
      if (over.aborted) return false;
    }
    return true;
  }

  /** True when the record is dealt with for good, by its handler or by the dead letter topic. */
  async #process(record: IncomingRecord, signal: AbortSignal): Promise<boolean> {
    let verdict: RecordVerdict;
    try {
      verdict = await this.#options.handler(record, { signal });
    } catch (error) {
      if (signal.aborted) return false;
      const { topic, partition, offset } = record;
      this.#options.onEvent({ type: 'handler-failed', topic, partition, offset, error });
      verdict = { kind: 'dead-letter', ...describeFailure(error) };
    }
    if (verdict.kind === 'done') return true;
    if (verdict.kind === 'abandoned') return false;
    return this.#deadLetters.publish(record, verdict, signal);
  }

  #lag(): bigint {
    let lag = 0n;
    for (const owned of this.#owned.values()) lag += owned.lag;
    return lag;
  }

  #regulate(owned: OwnedPartition): void {
    const { highWaterRecords, highWaterBytes, maxReplayRecords, onEvent } = this.#options;
    if (owned.lost || this.#closed) return;
    const { unsettledCount, unsettledBytes, replayCount } = owned.tracker;
    const { topic, partition } = owned;
    /** How full it is, of 1. */
    const filling = Math.max(unsettledCount / highWaterRecords, unsettledBytes / highWaterBytes);
    const replaysTooMuch = replayCount >= maxReplayRecords;
    if (!owned.paused && (filling >= 1 || replaysTooMuch)) {
      owned.paused = true;
      this.#consumer?.pause([owned]);
      onEvent({ type: 'partition-paused', topic, partition });
    } else if (owned.paused && filling <= RESUME_AT && !replaysTooMuch) {
      owned.paused = false;
      this.#consumer?.resume([owned]);
      onEvent({ type: 'partition-resumed', topic, partition });
    }
  }

  #lose(lost: readonly OwnedPartition[]): void {
    if (lost.length === 0) return;
    let abandoned = 0;
    for (const owned of lost) {
      abandoned += owned.tracker.unsettledCount;
      owned.lose();
      this.#owned.delete(idOf(owned));
    }
    const partitions = lost.map(({ topic, partition }) => ({ topic, partition }));
    this.#options.onEvent({ type: 'partitions-lost', partitions, abandoned });
  }

  async #shutDown(graceMs: number): Promise<void> {
    this.#consumer?.pause([...this.#owned.values()]);
    await this.#idleWithin(graceMs);
    for (const owned of this.#owned.values()) owned.abortRunning();
    await this.#idleWithin(ABORT_MS);
    clearInterval(this.#commitTimer);
    await this.#committer.commitLast();
    await this.#deadLetters.close({ timeoutMs: 0 });
    await this.#consumer?.close();
  }

  async #idleWithin(timeoutMs: number): Promise<void> {
    try {
      await within(this.#lanes.idle(), { timeoutMs, what: 'Waiting for the handlers' });
    } catch {
      // Time is up; what still runs is not committed, and delivered again.
    }
  }
}

/** Of a full partition: far enough below for a fetch to be worth while. */
const RESUME_AT = 0.5;

/** For handlers to notice that their signal is aborted. */
const ABORT_MS = 2_000;

function idOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function bytesOf({ key, value, headers, repeatedHeaders }: IncomingRecord): number {
  return recordBytes({ key, value, headers: repeatedHeaders ? { ...headers, ...repeatedHeaders } : headers });
}

/** The name of the error only: its text may hold what the record held. */
function describeFailure(error: unknown): DeadLetter {
  const name = error instanceof Error ? error.name : typeof error;
  return { reason: HANDLER_FAILED, message: `The handler threw ${name}` };
}
