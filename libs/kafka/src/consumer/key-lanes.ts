export type LaneTask = () => Promise<void>;

/**
 * Runs tasks of one lane one after the other, lanes in parallel, at most `maxRunning` at once. A lane that has run a
 * task goes behind the other waiting lanes, so that a long one delays nobody but itself.
 *
 * The queues have no bound of their own: who enqueues stops its source by `waiting`.
 */
export class KeyLanes {
  readonly #maxRunning: number;
  /** The head of a lane is running, or the lane is in `#ready`. */
  readonly #lanes = new Map<string, LaneTask[]>();
  readonly #ready: string[] = [];
  #running = 0;
  #waiting = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /** The task must not reject: its failures are its own business. */
  enqueue(lane: string, task: LaneTask): void {
    this.#waiting += 1;
    const tasks = this.#lanes.get(lane);
    if (tasks) {
      tasks.push(task);
      return;
    }
    this.#lanes.set(lane, [task]);
    this.#ready.push(lane);
    this.#startReady();
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    if (this.#lanes.size === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  #startReady(): void {
    while (this.#running < this.#maxRunning) {
      const lane = this.#ready.shift();
      if (lane === undefined) return;
      void this.#runHead(lane);
    }
  }

  async #runHead(lane: string): Promise<void> {
    const tasks = this.#lanes.get(lane);
    const task = tasks?.[0];
    if (!tasks || !task) return;
    this.#running += 1;
    this.#waiting -= 1;
    try {
      await task();
    } finally {
      this.#running -= 1;
      tasks.shift();
      if (tasks.length > 0) this.#ready.push(lane);
      else this.#lanes.delete(lane);
      this.#startReady();
      if (this.#lanes.size === 0) {
        this.#idle?.resolve();
        this.#idle = undefined;
      }
    }
  }
}
