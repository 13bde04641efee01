import { seededRandom } from '@parley/testing';

const WARM_UP = 5_000;
/** Of each kind: the slowest say more of the machine than of the comparison. */
const KEPT_SHARE = 0.9;

/**
 * How likely it is that two acts take the same time and yet look as different as they did, `each` times each, in random
 * order: Welch's t-test, two-sided, on what is left of both without their slowest tenth.
 */
export function sameTimeProbability(
  acts: readonly [() => void, () => void],
  { each, seed }: { readonly each: number; readonly seed: number },
): number {
  const random = seededRandom(seed);
  const taken: [number[], number[]] = [[], []];
  for (let turn = -WARM_UP; taken[0].length < each || taken[1].length < each; turn += 1) {
    const which = random() < 0.5 ? 0 : 1;
    const beganAt = process.hrtime.bigint();
    acts[which]();
    const ns = Number(process.hrtime.bigint() - beganAt);
    if (turn >= 0 && taken[which].length < each) taken[which].push(ns);
  }
  const [a, b] = taken.map(withoutSlowest).map(momentsOf);
  if (!a || !b) return NaN;
  const t = (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count);
  // With thousands of each, Student's distribution is the normal one.
  return 2 * (1 - normalDistribution(Math.abs(t)));
}

function withoutSlowest(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b).slice(0, Math.floor(values.length * KEPT_SHARE));
}

function momentsOf(values: readonly number[]): { count: number; mean: number; variance: number } {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { count, mean, variance };
}

/** Abramowitz and Stegun 26.2.17; off by less than 1e-7. */
function normalDistribution(z: number): number {
  const k = 1 / (1 + 0.2316419 * z);
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail = series.reduceRight((sum, factor) => (sum + factor) * k, 0);
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
