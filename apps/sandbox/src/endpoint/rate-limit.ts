import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { Configuration } from '../configuration/configuration.ts';

/** At most so many requests in any second, wherever the second begins. What is refused does not count. */
@Injectable()
export class RateLimit {
  #taken: number[] = [];

  constructor(
    private readonly configuration: Configuration,
    private readonly clock: Clock,
  ) {}

  tryTake(): boolean {
    const nowMs = this.clock.nowMs();
    this.#taken = this.#taken.filter((takenMs) => nowMs - takenMs < 1_000);
    if (this.#taken.length >= this.configuration.rateLimitPerSecond) return false;
    this.#taken.push(nowMs);
    return true;
  }

  clear(): void {
    this.#taken = [];
  }
}
