/** A duration as lines tell it, in tenths of a millisecond: a clock's further digits are noise. */
export function tenths(durationMs: number): number {
  return Math.round(durationMs * 10) / 10;
}
