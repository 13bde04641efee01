/** How long fewer replicas than before must have been seen to be believed. */
const BELIEVE_FEWER_MS = 10_000;

/** Who shares an account's limit, as Redis last told. */
export class Replicas {
  #seen: Seen | undefined;

  /** @param rank how many of the others come before this one */
  saw({ alive, rank, atMs }: Seen): void {
    const known = this.#seen;
    // A Redis that comes back empty fills up again one by one; meanwhile the share of one must not grow.
    if (known && alive < known.alive && atMs - known.atMs < BELIEVE_FEWER_MS) return;
    this.#seen = { alive, rank, atMs };
  }

  /** As many as requests per second while Redis was never seen: then each may make one. */
  count(limitPerSecond: number): number {
    return this.#seen?.alive ?? Math.max(1, Math.floor(limitPerSecond));
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
    return (this.#seen?.rank ?? 0) < Math.max(1, Math.floor(limitPerSecond))
      ? Math.min(1, limitPerSecond)
      : 0;
  }
}

interface Seen {
  readonly alive: number;
  readonly rank: number;
  /** On this process's monotonic clock. */
  readonly atMs: number;
}
