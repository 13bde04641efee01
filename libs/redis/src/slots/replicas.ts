/** How long fewer replicas than before must have been seen to be believed. */
const BELIEVE_FEWER_MS = 10_000;

/** Time between two answers of Redis counts up to here: the rest of it, nobody was heard of. */
const IN_TOUCH_MS = 2_000;

/** Who shares an account's limit, as Redis told lately. */
export class Replicas {
  /** Those of the last {@link BELIEVE_FEWER_MS} in touch with Redis, oldest first. */
  #sightings: readonly Sighting[] = [];

  /**
   * A Redis that comes back fills up again one by one, whether it forgot the others or they were silent for as long as it was
   * away; meanwhile the share of one must not grow. So the most of a while count, and time without Redis is none of it.
   *
   * @param rank how many of the others come before this one
   */
  saw({ alive, rank, atMs }: { alive: number; rank: number; atMs: number }): void {
    const last = this.#sightings.at(-1);
    const agedMs = last ? last.agedMs + Math.min(IN_TOUCH_MS, atMs - last.atMs) : 0;
    const kept = this.#sightings.filter((sighting) => agedMs - sighting.agedMs < BELIEVE_FEWER_MS);
    this.#sightings = [...kept, { alive, rank, atMs, agedMs }];
  }

  /** As many as requests per second while Redis was never seen: then each may make one. */
  count(limitPerSecond: number): number {
    return this.#most?.alive ?? Math.max(1, Math.floor(limitPerSecond));
  }

  /**
   * Whole requests per second that this replica may make without asking the others. Whole, because replicas that do not
   * know of each other may each put one more into a second than a fraction says. More replicas than requests: the first
   * ones make one each, the others none.
   */
  share(limitPerSecond: number): number {
    const alive = this.count(limitPerSecond);
    if (alive === 1) return limitPerSecond;
    if (alive <= limitPerSecond) return Math.floor(limitPerSecond / alive);
    return (this.#most?.rank ?? 0) < Math.max(1, Math.floor(limitPerSecond))
      ? Math.min(1, limitPerSecond)
      : 0;
  }

  /** The newest of those that tell of the most. */
  get #most(): Sighting | undefined {
    const alive = Math.max(...this.#sightings.map((sighting) => sighting.alive));
    return this.#sightings.findLast((sighting) => sighting.alive === alive);
  }
}

interface Sighting {
  readonly alive: number;
  readonly rank: number;
  /** On this process's monotonic clock. */
  readonly atMs: number;
  /** In touch with Redis, since it was first seen. */
  readonly agedMs: number;
}
