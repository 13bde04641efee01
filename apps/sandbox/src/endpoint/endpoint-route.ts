import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { SEND_PATH } from '@parley/insider';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HeldAnswers, resetConnection } from '../faults/held-answers.ts';
import type { EndpointAnswer } from './endpoint-answer.ts';
import { SendEndpoint } from './send-endpoint.ts';

/**
 * The send endpoint's place on the server: beside Nest's controllers, because its body has to arrive as bytes, where
 * theirs arrive as text. So it is also spared what a controller costs, a tenth of a request.
 */
@Injectable()
export class EndpointRoute implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost<FastifyAdapter>,
    private readonly endpoint: SendEndpoint,
    private readonly held: HeldAnswers,
  ) {}

  async onModuleInit(): Promise<void> {
    const server: FastifyInstance = this.adapterHost.httpAdapter.getInstance();
    // In a scope of its own: the parser is for this route alone.
    await server.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
      scope.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) =>
        reply.code(error.statusCode ?? 500).send({ message: error.message }),
      );
      // All methods, because the endpoint has its own answer for each that it does not take.
      scope.route({
        method: scope.supportedMethods,
        url: SEND_PATH,
        exposeHeadRoute: false,
        handler: (request, reply) => this.#handle(request, reply),
      });
      done();
    });
  }

  #handle(request: FastifyRequest, reply: FastifyReply): void {
    const playing = this.endpoint.handle({
      method: request.method,
      path: request.url,
      remoteAddress: request.socket.remoteAddress ?? '',
      headers: request.headers,
      body: Buffer.isBuffer(request.body) ? request.body : undefined,
    });
    if (playing.kind === 'answer') {
      const { status, headers, body } = playing.answer;
      void reply.code(status).headers(headers).send(body);
      return;
    }
    reply.hijack();
    switch (playing.kind) {
      case 'drip':
        this.#drip(reply, playing.answer);
        return;
      case 'hang':
        this.held.hang(reply.raw);
        return;
      case 'reset':
        resetConnection(reply.raw);
    }
  }

  #drip(reply: FastifyReply, { status, headers, body }: EndpointAnswer): void {
    const bytes = Buffer.from(body);
    reply.raw.writeHead(status, { ...headers, 'content-length': bytes.length });
    this.held.drip(reply.raw, bytes);
  }
}
