import type { Message } from 'kafkajs';
import type { BusError } from '../bus-error.ts';
import type { OutgoingRecord, TopicPartition } from '../bus.ts';
import { busErrorFrom, isFatalToProducer, isUnanswered } from './error.ts';
import type { ProducerConnection } from './producer-connection.ts';

/** The records of one `send` on their way, until each is acknowledged or refused for good. */
export class OutgoingBatch {
  readonly #connection: Pick<ProducerConnection, 'place' | 'leaderOf' | 'produce'>;
  readonly #unacknowledged: Set<number>;
  readonly #unplaced: Map<string, readonly Item[]>;
  readonly #rows: Row[] = [];
  #refusal: BusError | undefined;
  #lastFailure: BusError | undefined;
  #isLost = false;

  constructor(
    connection: Pick<ProducerConnection, 'place' | 'leaderOf' | 'produce'>,
    records: readonly OutgoingRecord[],
  ) {
    this.#connection = connection;
    this.#unacknowledged = new Set(records.keys());
    const items = records.map((record, position) => ({ position, record, message: toMessage(record) }));
    this.#unplaced = Map.groupBy(items, ({ record }) => record.topic);
  }

  /** Finds the partitions of what has none yet; writes nothing. Returns a failure that may pass. */
  async place(): Promise<BusError | undefined> {
    let failed: BusError | undefined;
    for (const [topic, items] of this.#unplaced) {
      try {
        this.#rows.push(...(await this.#rowsOf(topic, items)));
      } catch (error) {
        const failure = busErrorFrom(error);
        if (failure.retryable) {
          failed = this.#lastFailure = failure;
          continue;
        }
        this.#refusal ??= failure;
      }
      this.#unplaced.delete(topic);
    }
    return failed;
  }

  /**
   * One attempt to write what has a partition. Returns a failure after which the same batch may be tried again, unless it
   * is lost. Different leaders are asked at the same time; one that has failed is not asked for anything more.
   */
  async produce(): Promise<BusError | undefined> {
    const byLeader = Map.groupBy(this.#rows, (row) => this.#connection.leaderOf(row));
    const failures = await Promise.all([...byLeader.values()].map((rows) => this.#produceOnLeader(rows)));
    return failures.find((failure) => failure !== undefined);
  }

  /** Whether unacknowledged records may be on the log, or may still get there. */
  get isInDoubt(): boolean {
    return this.#rows.some(({ doubt }) => doubt !== 'none');
  }

  /** Whether this producer can do nothing more for it. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Of those that may pass. */
  get lastFailure(): BusError | undefined {
    return this.#lastFailure;
  }

  /** Why some records are refused for good. */
  get refusal(): BusError | undefined {
    return this.#refusal;
  }

  /** Positions in the list of records, ascending. */
  get unacknowledged(): readonly number[] {
    return [...this.#unacknowledged];
  }

  async #rowsOf(topic: string, items: readonly Item[]): Promise<Row[]> {
    const partitions = await this.#connection.place(
      topic,
      items.map(({ message }) => message),
    );
    const byPartition = Map.groupBy(items, (_, index) => partitions[index] ?? 0);
    return [...byPartition].map(([partition, chunk]) => ({
      topic,
      partition,
      chunks: [chunk],
      goesAlone: false,
      doubt: 'none',
    }));
  }

  async #produceOnLeader(rows: readonly Row[]): Promise<BusError | undefined> {
    const failed = new Set<Row>();
    let first: BusError | undefined;
    const next = (): readonly Row[] => nextOf(rows.filter((row) => !failed.has(row)));
    for (let some = next(); some.length > 0; some = next()) {
      const failure = await this.#write(some);
      if (!failure) continue;
      first ??= failure;
      // What one partition is refused for says nothing of the others; a broker that is silent is asked nothing more.
      if (isUnanswered(failure) || this.#isLost) break;
      for (const row of some) failed.add(row);
    }
    return first;
  }

  async #write(rows: readonly Row[]): Promise<BusError | undefined> {
    const doubts = rows.map(({ doubt }) => doubt);
    for (const row of rows) row.doubt = 'unanswered';
    try {
      await this.#connection.produce(rows.map(toMessageRow));
    } catch (error) {
      return this.#failed(rows, doubts, error);
    }
    for (const row of rows) {
      row.doubt = 'none';
      for (const { position } of row.chunks.shift() ?? []) this.#unacknowledged.delete(position);
    }
    return undefined;
  }

  #failed(rows: readonly Row[], doubts: readonly Doubt[], error: unknown): BusError | undefined {
    const failure = busErrorFrom(error);
    const isTooLarge = failure.code === 'RECORD_TOO_LARGE';
    // kafkajs tells the last error of several requests, so that one that may pass says nothing about those before it.
    if (failure.retryable || (doubts.includes('unanswered') && !isTooLarge)) {
      this.#isLost ||= isFatalToProducer(error);
      this.#lastFailure = failure;
      // The broker tells of one partition in the name of all. The others are written, and need not come again with it.
      if (rows.length > 1 && !isUnanswered(failure)) for (const row of rows) row.goesAlone = true;
      return failure;
    }
    const [row] = rows;
    if (row && rows.length === 1) this.#refused(row, failure);
    else {
      // One of them is refused; the others may be written. Tried one by one, the broker tells which.
      for (const [index, each] of rows.entries()) {
        each.goesAlone = true;
        each.doubt = doubts[index] === 'unanswered' ? 'unanswered' : 'refused-together';
      }
    }
    return undefined;
  }

  #refused(row: Row, failure: BusError): void {
    row.doubt = 'none';
    const [chunk = []] = row.chunks;
    // A broker measures what goes to a partition together, so that each may be small enough for itself.
    const isDivisible = failure.code === 'RECORD_TOO_LARGE' && chunk.length > 1;
    if (!isDivisible) this.#refusal ??= failure;
    if (isDivisible) row.chunks.splice(0, 1, ...halvesOf(chunk));
    else if (failure.code === 'RECORD_TOO_LARGE') row.chunks.shift();
    else row.chunks.splice(0);
  }
}

interface Item {
  readonly position: number;
  readonly record: OutgoingRecord;
  readonly message: Message;
}

/** What goes to one partition: one chunk, or several when the broker found it too large. */
interface Row extends TopicPartition {
  readonly chunks: Item[][];
  /** Not in one request with other rows. */
  goesAlone: boolean;
  doubt: Doubt;
}

/** Whether the first chunk may be on the log: because no answer has told, or because one was about several rows. */
type Doubt = 'none' | 'unanswered' | 'refused-together';

/** What goes into the next request to a leader. */
function nextOf(rows: readonly Row[]): readonly Row[] {
  const open = rows.filter(({ chunks }) => chunks.length > 0);
  const alone = open.find(({ goesAlone }) => goesAlone);
  return alone ? [alone] : open;
}

function toMessageRow({
  topic,
  partition,
  chunks: [chunk = []],
}: Row): TopicPartition & { messages: Message[] } {
  return { topic, partition, messages: chunk.map(({ message }) => message) };
}

function halvesOf(chunk: Item[]): Item[][] {
  const middle = Math.ceil(chunk.length / 2);
  return [chunk.slice(0, middle), chunk.slice(middle)];
}

function toMessage({ key, value, headers }: OutgoingRecord): Message {
  return {
    key,
    value,
    ...(headers && { headers: { ...headers } as Record<string, string | Buffer | Buffer[]> }),
  };
}
