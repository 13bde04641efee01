import { Catch, HttpException, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/**
 * Errors that no controller answers, such as a path that does not exist or a body over the limit, in the provider's
 * plainest shape: `{"message": "…"}`.
 */
@Catch()
export class ErrorBodyFilter implements ExceptionFilter {
  readonly #logger = new Logger(ErrorBodyFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (exception instanceof HttpException) {
      void reply.code(exception.getStatus()).send({ message: messageOf(exception) });
      return;
    }
    // The name alone: a message may quote what was received.
    this.#logger.error(exception instanceof Error ? exception.name : 'unknown error');
    void reply.code(500).send({ message: 'internal error' });
  }
}

/** The pipe for requests keeps its list of problems in the response and says only "Bad Request" itself. */
function messageOf(exception: HttpException): unknown {
  const response = exception.getResponse();
  return typeof response === 'object' && 'message' in response ? response.message : exception.message;
}
