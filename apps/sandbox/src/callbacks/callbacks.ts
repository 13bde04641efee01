import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import type { Timers } from '../clock/timers.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { MessageStore } from '../messages/message-store.ts';
import type { InboundMessage, MessageStatus, ReceivedMessage } from '../messages/received-message.ts';
import { CallbackDelivery } from './callback-delivery.ts';
import { CallbackPost } from './callback-post.ts';
import { acceptedCallback, replyCallback, statusCallback, windowClosedCallback } from './callback.ts';
import type { Callback } from './callback.ts';
import { STATUS_DELAYS } from './status-delays.ts';
import type { StatusDelaysMs } from './status-delays.ts';

/**
 * What becomes of a message after the endpoint took it, told to the webhook: accepted, sent, delivered, read; or an
 * error alone when its recipient's window was closed.
 *
 * A message's news come one after the other: each waits until the one before it was answered, or failed its first
 * attempt and went on to its retries. So a webhook that is down for a while sees them out of order, as it would
 * with the provider.
 */
@Injectable()
export class Callbacks implements OnModuleDestroy {
  #timers: Timers;
  #running = 0;
  #dropped = 0;

  constructor(
    private readonly settings: CurrentSettings,
    private readonly messages: MessageStore,
    private readonly windows: CustomerServiceWindows,
    private readonly delivery: CallbackDelivery,
    private readonly post: CallbackPost,
    private readonly clock: Clock,
    @Inject(STATUS_DELAYS) private readonly delays: StatusDelaysMs,
  ) {
    this.#timers = clock.startTimers();
  }

  /** Messages with news to come, callbacks being retried, and what was given up for being too many since the start. */
  get counts(): { readonly waiting: number; readonly retrying: number; readonly dropped: number } {
    const { retrying, dropped } = this.delivery.counts;
    return { waiting: this.#running, retrying, dropped: dropped + this.#dropped };
  }

  /** Starts a message's news. Beyond {@link MAX_RUNNING} messages with news to come, a message has none. */
  afterSend(message: ReceivedMessage): void {
    const allowed = !this.settings.now.enforceWindow || this.windows.isOpen(message.phoneNumber);
    if (this.#running >= MAX_RUNNING) this.#dropped += 1;
    else void this.tell(message, allowed ? DELIVERED : WINDOW_CLOSED);
  }

  /** A user wrote: tells the webhook, if there is one. */
  afterInbound(inbound: InboundMessage): void {
    if (this.post.hasTarget) void this.delivery.deliver(replyCallback(inbound), this.#timers);
  }

  /** Forgets all news to come and all retries. */
  reset(): void {
    this.#timers.end();
    this.#timers = this.clock.startTimers();
  }

  onModuleDestroy(): void {
    this.#timers.end();
  }

  private async tell(message: ReceivedMessage, news: readonly News[]): Promise<void> {
    const timers = this.#timers;
    const takenMs = this.clock.nowMs();
    this.#running += 1;
    for (const { delay, status, callbackOf } of news) {
      const dueMs = takenMs + this.delays[delay];
      if (!(await timers.sleep(Math.max(0, dueMs - this.clock.nowMs())))) break;
      const time = this.clock.now();
      this.messages.addStatus(message.key, { status, time });
      if (this.post.hasTarget) await this.delivery.deliver(callbackOf(message, time), timers);
    }
    this.#running -= 1;
  }
}

const MAX_RUNNING = 20_000;

interface News {
  readonly delay: keyof StatusDelaysMs;
  readonly status: MessageStatus['status'];
  readonly callbackOf: (message: ReceivedMessage, time: Date) => Callback;
}

const DELIVERED: readonly News[] = [
  { delay: 'accepted', status: 'accepted', callbackOf: acceptedCallback },
  ...(['sent', 'delivered', 'read'] as const).map((status): News => ({
    delay: status,
    status,
    callbackOf: (message, time) => statusCallback(message, { status, time }),
  })),
];

// The provider queues first, so that WhatsApp's refusal comes after the endpoint's 200, and in place of all else.
const WINDOW_CLOSED: readonly News[] = [
  { delay: 'error', status: 'failed', callbackOf: windowClosedCallback },
];
