import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ChangeStreams, MAX_STREAMS } from '../live/change-streams.ts';
import type { ChangeSet } from '../live/changes.ts';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { MessageStore } from '../messages/message-store.ts';
import { conversationAnswer } from './answer-of.ts';
import { ChangeAnswer } from './answers.ts';

/** What changes, as it changes. */
@ApiTags('sandbox')
@Controller('sandbox/live')
export class LiveController {
  constructor(
    private readonly streams: ChangeStreams,
    private readonly messages: MessageStore,
    private readonly windows: CustomerServiceWindows,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Server-sent events of what changed, ten a second at most',
    description:
      'Events named `change`, whose data is a ChangeAnswer as JSON. After a reconnect, ask for all anew.',
  })
  @ApiExtraModels(ChangeAnswer)
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ schema: { $ref: getSchemaPath(ChangeAnswer) } })
  live(@Res() reply: FastifyReply): void {
    reply.hijack();
    if (this.streams.open(reply.raw, (changed) => this.answer(changed))) return;
    const refusal = new ServiceUnavailableException(
      `${MAX_STREAMS} streams are open: close one and try again`,
    );
    reply.raw.writeHead(refusal.getStatus(), { 'content-type': 'application/json; charset=utf-8' });
    reply.raw.end(JSON.stringify({ message: refusal.message }));
  }

  private answer({ phoneNumbers, parts, everything }: ChangeSet): ChangeAnswer {
    const conversations = phoneNumbers.map((phoneNumber) => this.messages.conversation(phoneNumber));
    return {
      total: this.messages.total,
      conversations: conversations
        .filter((conversation) => conversation !== undefined)
        .map((conversation) => conversationAnswer(conversation, this.windows)),
      everything,
      also: parts,
    };
  }
}
