/**
 * The most of the moments (in milliseconds, in any order) that a second holds, wherever it begins: half open, so a
 * second apart is not within.
 */
export function worstSecond(moments: readonly number[]): number {
  const sorted = moments.toSorted((a, b) => a - b);
  let worst = 0;
  let first = 0;
  for (const [index, atMs] of sorted.entries()) {
    while (atMs - (sorted[first] ?? atMs) >= SECOND_MS) first += 1;
    worst = Math.max(worst, index - first + 1);
  }
  return worst;
}

/** Short of it by what sums of fractions may lack. */
const SECOND_MS = 1000 - 1e-6;
