import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { MessageStatus, ReceivedMessage } from './received-message.ts';

export interface MessageQuery {
  /** With or without its plus. */
  readonly recipient?: string;
  readonly key?: string;
  /** A part of the body. */
  readonly text?: string;
  readonly limit: number;
}

/** What the endpoint received, up to {@link MAX_MESSAGES}; then the oldest makes room. */
@Injectable()
export class MessageStore implements OnModuleDestroy {
  readonly #messages = new Map<string, ReceivedMessage>();
  readonly #waiters = new Set<Waiter>();
  #total = 0;

  /** Everything ever received since the start or the last {@link clear}, kept or not. */
  get total(): number {
    return this.#total;
  }

  add(message: ReceivedMessage): void {
    this.#messages.set(message.key, message);
    this.#total += 1;
    const [oldest] = this.#messages.keys();
    if (this.#messages.size > MAX_MESSAGES && oldest !== undefined) this.#messages.delete(oldest);
    for (const waiter of this.#waiters) if (this.#total >= waiter.count) this.#settle(waiter, true);
  }

  addStatus(key: string, status: MessageStatus): void {
    const message = this.#messages.get(key);
    if (message !== undefined)
      this.#messages.set(key, { ...message, statuses: [...message.statuses, status] });
  }

  /** The newest that match, in the order they came. */
  find({ recipient, key, text, limit }: MessageQuery): readonly ReceivedMessage[] {
    const digits = recipient?.replace(/\D/g, '');
    return [...this.#messages.values()]
      .filter(
        (message) =>
          (key === undefined || message.key === key) &&
          (digits === undefined || message.phoneNumber === `+${digits}`) &&
          (text === undefined || message.body.includes(text)),
      )
      .slice(-limit);
  }

  /**
   * Waits until that many messages have come in altogether.
   *
   * @returns false when they have not within the time, or when {@link MAX_WAITERS} wait already
   */
  waitFor(count: number, timeoutMs: number): Promise<boolean> {
    if (this.#total >= count) return Promise.resolve(true);
    if (this.#waiters.size >= MAX_WAITERS) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(waiter, false), timeoutMs);
      const waiter: Waiter = { count, timer, resolve };
      this.#waiters.add(waiter);
    });
  }

  clear(): void {
    this.#messages.clear();
    this.#total = 0;
  }

  onModuleDestroy(): void {
    for (const waiter of this.#waiters) this.#settle(waiter, false);
  }

  #settle(waiter: Waiter, reached: boolean): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
    waiter.resolve(reached);
  }
}

export const MAX_MESSAGES = 10_000;
const MAX_WAITERS = 100;

interface Waiter {
  readonly count: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (reached: boolean) => void;
}
