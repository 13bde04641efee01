/** Ten seconds: longer than any hiccup of the network, too short for two good clocks to drift apart. */
const BUCKETS = 10;
const BUCKET_MS = 1_000;

/** Beyond what samples allow: clocks that are being adjusted slowly. Less than the least margin of the pace. */
const TOLERANCE_MS = 10;

/** One question to Redis that was answered with its time. */
export interface TimeSample {
  /** On this process's monotonic clock. */
  readonly sentMs: number;
  readonly receivedMs: number;
  /** On the clock of Redis, read between the two. */
  readonly redisMs: number;
}

/**
 * What the clock of Redis means on this process's monotonic clock.
 *
 * Each answer proves that the distance between the two lies between its way there and its way back; together the
 * answers of the last seconds leave a narrow range, however late some of them were. An answer outside of that range
 * proves that the clock of Redis was set.
 */
export class RedisTime {
  #buckets: Bucket[] = [];

  /** Takes an answer into account. @returns by how much the clock of Redis was set, 0 when it was not */
  observe({ sentMs, receivedMs, redisMs }: TimeSample): number {
    const least = sentMs - redisMs;
    const most = receivedMs - redisMs;
    const known = this.#range(receivedMs);
    if (known && (most < known.least - TOLERANCE_MS || least > known.most + TOLERANCE_MS)) {
      this.#buckets = [{ startMs: receivedMs, least, most }];
      return (known.least + known.most - least - most) / 2;
    }
    const newest = this.#buckets.at(-1);
    if (newest && receivedMs - newest.startMs < BUCKET_MS) {
      newest.least = Math.max(newest.least, least);
      newest.most = Math.min(newest.most, most);
    } else {
      this.#buckets.push({ startMs: receivedMs, least, most });
    }
    return 0;
  }

  /**
   * The latest moment on the monotonic clock that `redisMs` can be: never before it, and after it by the fastest way
   * back of the last seconds.
   */
  toMonotonic(redisMs: number): number {
    return redisMs + this.distanceMs;
  }

  /** The earliest moment on the clock of Redis that `monotonicMs` can be. */
  toRedis(monotonicMs: number): number {
    return monotonicMs - this.distanceMs;
  }

  /** What {@link toMonotonic} adds. Shrinks when an answer came back faster than those before. */
  get distanceMs(): number {
    return Math.min(...this.#buckets.map(({ most }) => most));
  }

  #range(nowMs: number): { least: number; most: number } | undefined {
    const kept = this.#buckets.filter(({ startMs }) => nowMs - startMs < BUCKETS * BUCKET_MS);
    // The last ones known stay until there are newer ones: a step during a silence shows, too.
    if (kept.length > 0) this.#buckets = kept;
    if (this.#buckets.length === 0) return undefined;
    return {
      least: Math.max(...this.#buckets.map(({ least }) => least)),
      most: Math.min(...this.#buckets.map(({ most }) => most)),
    };
  }
}

/** The distances, monotonic time less Redis time, that the answers of one second allow. */
interface Bucket {
  readonly startMs: number;
  least: number;
  most: number;
}
