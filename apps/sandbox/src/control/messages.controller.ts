import { Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallbackBook } from '../callbacks/callback-book.ts';
import { MessageStore } from '../messages/message-store.ts';
import { RequestLog } from '../requests/request-log.ts';
import { MessageDetailAnswer, MessagesAnswer, WaitAnswer } from './answers.ts';
import { MessagesQuery, WaitQuery } from './requests.ts';
import { valid } from './valid.ts';

/** The texts that the endpoint took. */
@ApiTags('messages')
@Controller('sandbox/messages')
export class MessagesController {
  constructor(
    private readonly messages: MessageStore,
    private readonly requests: RequestLog,
    private readonly callbacks: CallbackBook,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Texts received: the newest that match, in the order they came' })
  @ApiOkResponse({ type: MessagesAnswer })
  received(@Query(valid) query: MessagesQuery): MessagesAnswer {
    return { total: this.messages.total, messages: this.messages.find(query) };
  }

  @Get('wait')
  @ApiOperation({
    summary: 'Answers once that many texts have come in, or the time is over',
    description: 'Texts that came in before count. For tests: send, wait, look.',
  })
  @ApiOkResponse({ type: WaitAnswer })
  async wait(@Query(valid) { count, timeoutMs, recipient, text }: WaitQuery): Promise<WaitAnswer> {
    const reached = await this.messages.waitFor(count, timeoutMs, { recipient, text });
    return { reached, total: this.messages.total };
  }

  @Get(':key')
  @ApiOperation({ summary: 'All about one text: its request, its answer, its callbacks' })
  @ApiOkResponse({ type: MessageDetailAnswer })
  @ApiNotFoundResponse({ description: 'No such text is kept.' })
  detail(@Param('key') key: string): MessageDetailAnswer {
    const message = this.messages.get(key);
    if (message === undefined)
      throw new NotFoundException(
        'no text with this key is kept: it never came, was reset, or made room for newer ones',
      );
    const request = this.requests.get(message.requestId);
    return { message, ...(request && { request }), callbacks: this.callbacks.byKey(key) };
  }
}
