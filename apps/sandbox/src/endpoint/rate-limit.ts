import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { CurrentSettings } from '../settings/current-settings.ts';

const SECOND_MS = 1_000;

/** At most so many requests in any second, wherever the second begins. What is refused does not count. */
@Injectable()
export class RateLimit {
  /** When each of the last second's requests was taken, oldest first; those before the head are over. */
  #taken: number[] = [];
  #head = 0;

  constructor(
    private readonly settings: CurrentSettings,
    private readonly clock: Clock,
  ) {}

  tryTake(): boolean {
    const { rateLimitPerSecond } = this.settings.now;
    if (rateLimitPerSecond === 0) return true;
    const nowMs = this.clock.nowMs();
    this.#forgetBefore(nowMs - SECOND_MS);
    if (this.#taken.length - this.#head >= rateLimitPerSecond) return false;
    this.#taken.push(nowMs);
    return true;
  }

  clear(): void {
    this.#taken = [];
    this.#head = 0;
  }

  #forgetBefore(endMs: number): void {
    while (this.#head < this.#taken.length && (this.#taken[this.#head] ?? 0) <= endMs) this.#head += 1;
    // Once in a while, so that thousands of requests a second cost a step each and not a copy each.
    if (this.#head < 1_024 && this.#head < this.#taken.length) return;
    this.#taken = this.#taken.slice(this.#head);
    this.#head = 0;
  }
}
