import { timingSafeEqual } from 'node:crypto';

/** The key that clients have to present. */
export class AuthKey {
  readonly #key: Buffer;

  constructor(key: string) {
    this.#key = Buffer.from(key);
  }

  /** The time taken tells whether the length is right, and nothing of the characters. */
  matches(given: string): boolean {
    const bytes = Buffer.from(given);
    return bytes.length === this.#key.length && timingSafeEqual(bytes, this.#key);
  }
}
