import { All, Controller, Req, Res } from '@nestjs/common';
import { AUTH_KEY_HEADER, SEND_PATH } from '@parley/insider';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SendEndpoint } from './send-endpoint.ts';

@Controller()
@ApiExcludeController()
export class EndpointController {
  constructor(private readonly endpoint: SendEndpoint) {}

  /** All methods, because the endpoint has its own answer for each it does not take. */
  @All(SEND_PATH)
  send(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const authKey = request.headers[AUTH_KEY_HEADER];
    const { status, body } = this.endpoint.answer({
      method: request.method,
      userAgent: request.headers['user-agent'],
      authKey: typeof authKey === 'string' ? authKey : undefined,
      body: typeof request.body === 'string' ? request.body : '',
    });
    const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
    if (status === 405) void reply.header('allow', 'POST');
    void reply.code(status).type(type).send(body);
  }
}
