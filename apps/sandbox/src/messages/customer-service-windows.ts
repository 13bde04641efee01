import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { StateFile } from '../state/state-file.ts';
import type { Collection } from '../state/state-file.ts';

/**
 * Who may be written to: a user's message opens a window of 24 hours, each further one opens it anew, and what the
 * business sends changes nothing. Up to {@link MAX_USERS} users; then the one who wrote longest ago is forgotten. Windows
 * survive a restart.
 */
@Injectable()
export class CustomerServiceWindows {
  /** When each user wrote last, on the sandbox's clock; who wrote longest ago stands first. */
  readonly #writtenMs = new Map<string, number>();
  readonly #kept: Collection<UserWrote>;

  constructor(
    private readonly clock: Clock,
    state: StateFile,
  ) {
    this.#kept = state.collection('windows');
    const left = this.#kept.load().toSorted((one, other) => one.writtenMs - other.writtenMs);
    for (const { phoneNumber, writtenMs } of left) this.#writtenMs.set(phoneNumber, writtenMs);
  }

  open(phoneNumber: string): void {
    const writtenMs = this.clock.nowMs();
    this.#writtenMs.delete(phoneNumber);
    this.#writtenMs.set(phoneNumber, writtenMs);
    this.#kept.put(phoneNumber, { phoneNumber, writtenMs });
    if (this.#writtenMs.size > MAX_USERS) this.#forgetOldest();
  }

  isOpen(phoneNumber: string): boolean {
    const closesTime = this.closesTime(phoneNumber);
    return closesTime !== undefined && this.clock.nowMs() < closesTime.getTime();
  }

  /** When the window closes, or did; undefined when the user never wrote. */
  closesTime(phoneNumber: string): Date | undefined {
    const writtenMs = this.#writtenMs.get(phoneNumber);
    return writtenMs === undefined ? undefined : new Date(writtenMs + WINDOW_MS);
  }

  clear(): void {
    this.#writtenMs.clear();
    this.#kept.clear();
  }

  #forgetOldest(): void {
    const [oldest] = this.#writtenMs.keys();
    if (oldest === undefined) return;
    this.#writtenMs.delete(oldest);
    this.#kept.delete(oldest);
  }
}

const WINDOW_MS = 24 * 3_600_000;
export const MAX_USERS = 100_000;

interface UserWrote {
  readonly phoneNumber: string;
  readonly writtenMs: number;
}
