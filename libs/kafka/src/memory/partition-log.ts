import type { IncomingRecord } from '../bus.ts';

/** Offsets and retention of one partition in memory. */
export class PartitionLog {
  readonly #maxRecords: number;
  readonly #records: IncomingRecord[] = [];
  #start = 0n;

  constructor(maxRecords: number) {
    this.#maxRecords = maxRecords;
  }

  /** The oldest offset still held. */
  get start(): bigint {
    return this.#start;
  }

  /** Behind the newest record. */
  get end(): bigint {
    return this.#start + BigInt(this.#records.length);
  }

  /** Makes room for `count` more by dropping the oldest records below `needed`; false when that is not enough. */
  makeRoom(count: number, needed: bigint): boolean {
    const excess = this.#records.length + count - this.#maxRecords;
    if (excess <= 0) return true;
    const droppable = Number(needed - this.#start);
    if (droppable < excess) return false;
    // More than asked for, so that a full log does not move its records at every append.
    const dropped = Math.min(droppable, Math.max(excess, Math.ceil(this.#maxRecords / 8)));
    this.#records.splice(0, dropped);
    this.#start += BigInt(dropped);
    return true;
  }

  append(record: IncomingRecord): void {
    this.#records.push(record);
  }

  read(from: bigint, maxRecords: number): IncomingRecord[] {
    const first = from < this.#start ? 0 : Number(from - this.#start);
    return this.#records.slice(first, first + maxRecords);
  }
}
