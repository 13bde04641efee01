import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';

/**
 * Who may be written to: a user's message opens a window of 24 hours, each further one opens it anew, and what the
 * business sends changes nothing. Up to {@link MAX_USERS} users; then the one who wrote longest ago is forgotten.
 */
@Injectable()
export class CustomerServiceWindows {
  readonly #lastWritten = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  open(phoneNumber: string): void {
    this.#lastWritten.delete(phoneNumber);
    this.#lastWritten.set(phoneNumber, this.clock.nowMs());
    const [oldest] = this.#lastWritten.keys();
    if (this.#lastWritten.size > MAX_USERS && oldest !== undefined) this.#lastWritten.delete(oldest);
  }

  isOpen(phoneNumber: string): boolean {
    const writtenMs = this.#lastWritten.get(phoneNumber);
    return writtenMs !== undefined && this.clock.nowMs() - writtenMs < WINDOW_MS;
  }

  /** When the window closes, or did; undefined when the user never wrote. */
  closesTime(phoneNumber: string): Date | undefined {
    const writtenMs = this.#lastWritten.get(phoneNumber);
    if (writtenMs === undefined) return undefined;
    return new Date(this.clock.now().getTime() + writtenMs + WINDOW_MS - this.clock.nowMs());
  }

  clear(): void {
    this.#lastWritten.clear();
  }
}

const WINDOW_MS = 24 * 3_600_000;
export const MAX_USERS = 100_000;
