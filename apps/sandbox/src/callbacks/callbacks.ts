import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import type { InboundMessage, ReceivedMessage } from '../messages/received-message.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { CallbackBook, sizeOf } from './callback-book.ts';
import type { Course } from './course.ts';
import { CourseRunner } from './course-runner.ts';
import { planCourse, planReply } from './plan-course.ts';
import type { PlayedFault } from '../faults/fault-rule.ts';
import type { Target } from './plan-course.ts';
import { Webhook } from './webhook.ts';

/**
 * What becomes of a text after the sandbox took it, told to the account's webhook, or to the callback that the request
 * named. When nobody is to be told, texts go the same way in silence.
 */
@Injectable()
export class Callbacks {
  #dropped = 0;

  constructor(
    private readonly settings: CurrentSettings,
    private readonly windows: CustomerServiceWindows,
    private readonly webhook: Webhook,
    private readonly book: CallbackBook,
    private readonly runner: CourseRunner,
    private readonly clock: Clock,
  ) {}

  /** Callbacks to come, callbacks being retried, and what was given up for being too many since the start. */
  get counts(): { readonly waiting: number; readonly retrying: number; readonly dropped: number } {
    const { waiting, retrying } = this.runner.counts;
    return { waiting, retrying, dropped: this.#dropped };
  }

  /** The endpoint took a text. `callbackUrl` is the one that the request named for it. */
  afterSend(
    message: ReceivedMessage,
    {
      callbackUrl,
      faults = [],
    }: { readonly callbackUrl?: string; readonly faults?: readonly PlayedFault[] } = {},
  ): void {
    const settings = this.settings.now;
    this.#begin(
      planCourse(message, {
        nowMs: this.clock.nowMs(),
        allowed: !settings.enforceWindow || this.windows.isOpen(message.phoneNumber),
        faults,
        targets: this.#targets(callbackUrl),
        settings,
      }),
    );
  }

  /** A user wrote: tells the webhook, if there is one. */
  afterInbound(inbound: InboundMessage): void {
    const [target] = this.#targets();
    if (target === undefined) return;
    this.#begin(planReply(inbound, { target, nowMs: this.clock.nowMs(), settings: this.settings.now }));
  }

  /** Forgets all callbacks, those to come included. */
  reset(): void {
    this.runner.reset();
    this.book.clear();
  }

  #begin(course: Course): void {
    if (this.book.add(course)) this.runner.start(course);
    else this.#dropped += sizeOf(course);
  }

  #targets(callbackUrl?: string): readonly Target[] {
    const { requestCallback } = this.settings.now;
    const targets: Target[] = [];
    const isTold = callbackUrl !== undefined && requestCallback !== 'ignored';
    if (isTold) targets.push({ target: 'request', url: callbackUrl });
    if (this.webhook.url !== undefined && !(isTold && requestCallback === 'instead'))
      targets.push({ target: 'webhook', url: this.webhook.url });
    return targets;
  }
}
