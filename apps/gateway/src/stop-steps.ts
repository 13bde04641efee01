/** The steps of a stop, by name: so that one that takes too long can say which of them it waits for. */
export class StopSteps {
  readonly #open = new Set<string>();

  /** As `work` ends. */
  async run<T>(name: string, work: Promise<T>): Promise<T> {
    this.#open.add(name);
    try {
      return await work;
    } finally {
      this.#open.delete(name);
    }
  }

  /** Begun, and not ended. */
  get unfinished(): readonly string[] {
    return [...this.#open];
  }
}
