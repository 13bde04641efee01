import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A sequence of chances that a seed determines: the same seed, the same sequence. */
export class Chances {
  readonly #seed: number;
  readonly #generator;

  constructor(seed: number) {
    this.#seed = seed;
    this.#generator = xoroshiro128plus(seed);
  }

  get seed(): number {
    return this.#seed;
  }

  /** @param probability from 0, never, to 1, always */
  happens(probability: number): boolean {
    return uniformFloat64(this.#generator) < probability;
  }
}
