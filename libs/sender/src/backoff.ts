/** Grows from `firstMs` by doubling up to `maxMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * A delay with full jitter: anywhere between nothing and the doubled bound, so that what failed together does not
 * come back together. `failures` counts from 1.
 */
export function jitteredDelayMs(backoff: Backoff, failures: number, random: () => number): number {
  return random() * boundMs(backoff, failures);
}

/** The same growth without jitter, for probes that are alone. */
export function boundMs(backoff: Backoff, failures: number): number {
  return Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30));
}
