/**
 * Knows up to where one partition may be committed: to its oldest unsettled record, however far others are ahead.
 * Holds the unsettled offsets only, each with the bytes of its record, so its size is bounded by what is in work.
 */
export class OffsetTracker {
  /** In the order of offsets, because `add` only accepts growing ones. */
  readonly #unsettled = new Map<bigint, number>();
  #unsettledBytes = 0;
  #next: bigint | undefined;

  /** False when this offset was seen before: in work already, or settled. */
  add(offset: bigint, bytes: number): boolean {
    if (this.#next !== undefined && offset < this.#next) return false;
    this.#unsettled.set(offset, bytes);
    this.#unsettledBytes += bytes;
    this.#next = offset + 1n;
    return true;
  }

  /** Behind all that came; undefined before the first. */
  get next(): bigint | undefined {
    return this.#next;
  }

  settle(offset: bigint): void {
    this.#unsettledBytes -= this.#unsettled.get(offset) ?? 0;
    this.#unsettled.delete(offset);
  }

  /** Passes over offsets that hold no record, so that the committed offset can reach the end of the log. */
  skipTo(offset: bigint): void {
    if (this.#next === undefined || offset > this.#next) this.#next = offset;
  }

  /** The offset to commit: the oldest unsettled one, else the next to come; undefined before the first record. */
  get committable(): bigint | undefined {
    for (const oldest of this.#unsettled.keys()) return oldest;
    return this.#next;
  }

  get unsettledCount(): number {
    return this.#unsettled.size;
  }

  get unsettledBytes(): number {
    return this.#unsettledBytes;
  }

  /** How many offsets would be delivered again if the process died after committing all it may. */
  get replayCount(): bigint {
    const { committable } = this;
    return committable === undefined || this.#next === undefined ? 0n : this.#next - committable;
  }
}
