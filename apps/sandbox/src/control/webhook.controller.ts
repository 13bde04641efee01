import { Body, Controller, Delete, Get, HttpCode, Put, UseGuards } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Webhook } from '../callbacks/webhook.ts';
import { WebhookAnswer } from './answers.ts';
import { JsonBodyPipe } from './json-body.pipe.ts';
import { JsonOnlyGuard } from './json-only.guard.ts';
import { valid } from './valid.ts';
import { WebhookBody, targetOf } from './webhook-body.ts';

/** Where callbacks go. */
@ApiTags('callbacks')
@Controller('sandbox/webhook')
@UseGuards(JsonOnlyGuard)
export class WebhookController {
  constructor(private readonly webhook: Webhook) {}

  @Get()
  @ApiOperation({ summary: 'The webhook as it is now, without its secrets' })
  @ApiOkResponse({ type: WebhookAnswer })
  now(): WebhookAnswer {
    return this.webhook.get() ?? { auth: { type: 'none' } };
  }

  @Put()
  @ApiOperation({
    summary: 'Takes the place of the webhook at once, also for callbacks that wait for a retry',
  })
  @ApiOkResponse({ type: WebhookAnswer })
  set(@Body(JsonBodyPipe, valid) body: WebhookBody): WebhookAnswer {
    this.webhook.set(targetOf(body));
    return this.now();
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Back to the webhook that the environment names' })
  @ApiNoContentResponse()
  reset(): void {
    this.webhook.reset();
  }
}
