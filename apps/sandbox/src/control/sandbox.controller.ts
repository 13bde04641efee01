import { Controller, Get, Header, HttpCode, Post, StreamableFile, UseGuards } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Readable } from 'node:stream';
import { CallbackBook } from '../callbacks/callback-book.ts';
import { Callbacks } from '../callbacks/callbacks.ts';
import { Webhook } from '../callbacks/webhook.ts';
import { RateLimit } from '../endpoint/rate-limit.ts';
import { Faults } from '../faults/faults.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { MessageStore } from '../messages/message-store.ts';
import { RequestLog } from '../requests/request-log.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { HealthAnswer } from './answers.ts';
import { JsonOnlyGuard } from './json-only.guard.ts';
import { exportLines } from './export-lines.ts';

/** The sandbox as a whole. */
@ApiTags('sandbox')
@Controller('sandbox')
@UseGuards(JsonOnlyGuard)
export class SandboxController {
  constructor(
    private readonly messages: MessageStore,
    private readonly requests: RequestLog,
    private readonly windows: CustomerServiceWindows,
    private readonly callbacks: Callbacks,
    private readonly book: CallbackBook,
    private readonly faults: Faults,
    private readonly webhook: Webhook,
    private readonly rateLimit: RateLimit,
    private readonly settings: CurrentSettings,
  ) {}

  @Get('health')
  @ApiOperation({ summary: 'That it is up, with counts' })
  @ApiOkResponse({ type: HealthAnswer })
  health(): HealthAnswer {
    return { status: 'ok', received: this.messages.total, callbacks: this.callbacks.counts };
  }

  @Post('reset')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Back to how it started',
    description:
      'Forgets all texts, requests, callbacks, windows and faults; settings and webhook are as the environment says.',
  })
  @ApiNoContentResponse()
  reset(): void {
    this.callbacks.reset();
    this.messages.clear();
    this.requests.clear();
    this.windows.clear();
    this.faults.reset();
    this.webhook.reset();
    this.rateLimit.clear();
    this.settings.reset();
  }

  @Get('export')
  @Header('content-disposition', 'attachment; filename="sandbox.ndjson"')
  @ApiOperation({
    summary: 'Everything that is kept, a JSON object a line',
    description:
      'Each line is `{"kind": "request" | "outbound" | "inbound" | "callback", …}`, each kind oldest first.',
  })
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ description: 'Lines of JSON.' })
  export(): StreamableFile {
    const lines = exportLines({ messages: this.messages, requests: this.requests, callbacks: this.book });
    return new StreamableFile(Readable.from(lines), { type: 'application/x-ndjson' });
  }
}
