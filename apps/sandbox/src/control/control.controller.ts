import { Body, Controller, Get, HttpCode, Post, Query, ValidationPipe } from '@nestjs/common';
import { AttemptJournal } from '../callbacks/attempt-journal.ts';
import type { CallbackAttempt } from '../callbacks/attempt-journal.ts';
import { Callbacks } from '../callbacks/callbacks.ts';
import { wamid } from '../callbacks/wamid.ts';
import { Clock } from '../clock/clock.ts';
import { RateLimit } from '../endpoint/rate-limit.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { MessageStore } from '../messages/message-store.ts';
import type { ReceivedMessage } from '../messages/received-message.ts';
import { JsonBodyPipe } from './json-body.pipe.ts';
import { CallbacksQuery, InboundBody, MessagesQuery, WaitQuery } from './requests.ts';

const valid = new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true });

/** The sandbox's own side: what it received and told, and the simulated user. Not part of the provider's API. */
@Controller('sandbox')
export class ControlController {
  constructor(
    private readonly messages: MessageStore,
    private readonly windows: CustomerServiceWindows,
    private readonly callbacks: Callbacks,
    private readonly attempts: AttemptJournal,
    private readonly rateLimit: RateLimit,
    private readonly clock: Clock,
  ) {}

  @Get('health')
  health(): object {
    return { status: 'ok', received: this.messages.total, callbacks: this.callbacks.counts };
  }

  @Get('messages')
  received(@Query(valid) query: MessagesQuery): { total: number; messages: readonly ReceivedMessage[] } {
    return { total: this.messages.total, messages: this.messages.find(query) };
  }

  @Get('messages/wait')
  async wait(@Query(valid) { count, timeoutMs }: WaitQuery): Promise<{ reached: boolean; total: number }> {
    return { reached: await this.messages.waitFor(count, timeoutMs), total: this.messages.total };
  }

  @Get('callbacks')
  told(@Query(valid) query: CallbacksQuery): { attempts: readonly CallbackAttempt[] } {
    return { attempts: this.attempts.latest(query) };
  }

  /** The user writes: opens the window, tells the webhook. */
  @Post('inbound')
  @HttpCode(202)
  inbound(@Body(JsonBodyPipe, valid) { phoneNumber, text }: InboundBody): { wamid: string } {
    const inbound = { wamid: wamid(), phoneNumber, text, time: this.clock.now() };
    this.windows.open(phoneNumber);
    this.callbacks.afterInbound(inbound);
    return { wamid: inbound.wamid };
  }

  /** Back to how it started, news and retries to come included. */
  @Post('reset')
  @HttpCode(204)
  reset(): void {
    this.callbacks.reset();
    this.messages.clear();
    this.windows.clear();
    this.attempts.clear();
    this.rateLimit.clear();
  }
}
