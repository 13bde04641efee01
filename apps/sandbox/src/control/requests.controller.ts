import { Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequestLog } from '../requests/request-log.ts';
import { RequestAnswer, RequestsAnswer } from './answers.ts';
import { RequestsQuery } from './requests.ts';
import { valid } from './valid.ts';

/** Every request to the endpoint, refused ones too. */
@ApiTags('requests')
@Controller('sandbox/requests')
export class RequestsController {
  constructor(private readonly requests: RequestLog) {}

  @Get()
  @ApiOperation({ summary: 'Requests, the newest first' })
  @ApiOkResponse({ type: RequestsAnswer })
  latest(@Query(valid) query: RequestsQuery): RequestsAnswer {
    return { total: this.requests.total, requests: this.requests.latest(query) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One request with its answer' })
  @ApiOkResponse({ type: RequestAnswer })
  @ApiNotFoundResponse({ description: 'No such request is kept.' })
  one(@Param('id') id: string): RequestAnswer {
    const request = this.requests.get(id);
    if (request === undefined) throw new NotFoundException('no request with this id is kept');
    return request;
  }
}
