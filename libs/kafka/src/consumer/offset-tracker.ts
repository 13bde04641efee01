/**
 * Knows up to where one partition may be committed: to its oldest unsettled record, however far others are ahead.
 * Holds the unsettled offsets only, so its size is bounded by what is in work.
 */
export class OffsetTracker {
  /** In the order of offsets, because `add` only accepts growing ones. */
  readonly #unsettled = new Set<bigint>();
  #next: bigint | undefined;

  /** False when this offset was seen before: in work already, or settled. */
  add(offset: bigint): boolean {
    if (this.#next !== undefined && offset < this.#next) return false;
    this.#unsettled.add(offset);
    this.#next = offset + 1n;
    return true;
  }

  /** Behind all that came; undefined before the first. */
  get next(): bigint | undefined {
    return this.#next;
  }

  settle(offset: bigint): void {
    this.#unsettled.delete(offset);
  }

  /** Passes over offsets that hold no record, so that the committed offset can reach the end of the log. */
  skipTo(offset: bigint): void {
    if (this.#next === undefined || offset > this.#next) this.#next = offset;
  }

  /** The offset to commit: the oldest unsettled one, else the next to come; undefined before the first record. */
  get committable(): bigint | undefined {
    for (const oldest of this.#unsettled) return oldest;
    return this.#next;
  }

  get unsettledCount(): number {
    return this.#unsettled.size;
  }

  /** How many offsets would be delivered again if the process died after committing all it may. */
  get replayCount(): bigint {
    const { committable } = this;
    return committable === undefined || this.#next === undefined ? 0n : this.#next - committable;
  }
}
