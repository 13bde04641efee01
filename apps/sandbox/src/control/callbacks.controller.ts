import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallbackBook } from '../callbacks/callback-book.ts';
import { CallbacksAnswer } from './answers.ts';
import { CallbacksQuery } from './requests.ts';
import { valid } from './valid.ts';

/** What was told to the receiver, and what is still to be told. */
@ApiTags('callbacks')
@Controller('sandbox/callbacks')
export class CallbacksController {
  constructor(private readonly callbacks: CallbackBook) {}

  @Get()
  @ApiOperation({
    summary: 'Callbacks with every attempt and its answer: the newest that match, oldest first',
  })
  @ApiOkResponse({ type: CallbacksAnswer })
  latest(@Query(valid) query: CallbacksQuery): CallbacksAnswer {
    return { callbacks: this.callbacks.find(query), attempts: this.callbacks.attempts(query) };
  }
}
