import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Callbacks } from '../callbacks/callbacks.ts';
import { wamid } from '../callbacks/wamid.ts';
import { Clock } from '../clock/clock.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { MessageStore } from '../messages/message-store.ts';
import { InboundTakenAnswer } from './answers.ts';
import { JsonBodyPipe } from './json-body.pipe.ts';
import { JsonOnlyGuard } from './json-only.guard.ts';
import { InboundBody } from './requests.ts';
import { valid } from './valid.ts';

/** The simulated user of a phone. */
@ApiTags('user')
@Controller('sandbox/inbound')
@UseGuards(JsonOnlyGuard)
export class UserController {
  constructor(
    private readonly messages: MessageStore,
    private readonly windows: CustomerServiceWindows,
    private readonly callbacks: Callbacks,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'The user writes: opens the 24 h window and tells the webhook' })
  @ApiAcceptedResponse({ type: InboundTakenAnswer })
  write(@Body(JsonBodyPipe, valid) { phoneNumber, text }: InboundBody): InboundTakenAnswer {
    const inbound = { wamid: wamid(), phoneNumber, text, time: this.clock.now() };
    this.windows.open(phoneNumber);
    this.messages.addInbound(inbound);
    this.callbacks.afterInbound(inbound);
    return { wamid: inbound.wamid };
  }
}
