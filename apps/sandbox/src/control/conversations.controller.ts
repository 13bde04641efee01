import { Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CustomerServiceWindows } from '../messages/customer-service-windows.ts';
import { MessageStore } from '../messages/message-store.ts';
import { conversationAnswer, entryAnswer } from './answer-of.ts';
import { ConversationPageAnswer, ConversationsAnswer } from './answers.ts';
import { ConversationQuery, ConversationsQuery } from './requests.ts';
import { valid } from './valid.ts';

/** The phones that texts went to, and what their users wrote back. */
@ApiTags('conversations')
@Controller('sandbox/conversations')
export class ConversationsController {
  constructor(
    private readonly messages: MessageStore,
    private readonly windows: CustomerServiceWindows,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Conversations, the one with the newest text first' })
  @ApiOkResponse({ type: ConversationsAnswer })
  list(@Query(valid) query: ConversationsQuery): ConversationsAnswer {
    const { total, conversations } = this.messages.conversations(query);
    return { total, conversations: conversations.map((each) => conversationAnswer(each, this.windows)) };
  }

  @Get(':phoneNumber')
  @ApiOperation({ summary: 'A page of one conversation, the newest texts when no cursor is given' })
  @ApiOkResponse({ type: ConversationPageAnswer })
  @ApiNotFoundResponse({ description: 'No text of this number is kept.' })
  page(
    @Param('phoneNumber') phoneNumber: string,
    @Query(valid) query: ConversationQuery,
  ): ConversationPageAnswer {
    const conversation = this.messages.conversation(phoneNumber);
    if (conversation === undefined) throw new NotFoundException('no text to or from this number is kept');
    const { entries, before } = this.messages.page(phoneNumber, query);
    return {
      conversation: conversationAnswer(conversation, this.windows),
      entries: entries.map(entryAnswer),
      ...(before !== undefined && { before: String(before) }),
    };
  }
}
