import { within, type Deadline } from '../deadline.ts';

/** One at a time, in the order of asking. */
export class Turns {
  readonly #waiting = new Set<PromiseWithResolvers<void>>();
  #holder: PromiseWithResolvers<void> | undefined;

  /** Resolves when it is the caller's turn, which lasts until `free`. Rejects when the deadline or `refuse` is first. */
  async take(deadline: Deadline): Promise<void> {
    const turn = Promise.withResolvers<void>();
    if (!this.#holder) {
      this.#holder = turn;
      return;
    }
    this.#waiting.add(turn);
    try {
      await within(turn.promise, deadline);
    } catch (error) {
      this.#waiting.delete(turn);
      // The turn may have come in the same moment as the deadline.
      if (this.#holder === turn) this.free();
      throw error;
    }
  }

  free(): void {
    [this.#holder] = this.#waiting;
    if (!this.#holder) return;
    this.#waiting.delete(this.#holder);
    this.#holder.resolve();
  }

  /** Sends away all who wait now. */
  refuse(reason: Error): void {
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting.clear();
  }
}
