import { STATUS_CODES } from 'node:http';
import { Catch } from '@nestjs/common';
import type { ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { FastifyReply } from 'fastify';

/**
 * Answers what a client did wrong before any door looked at it, such as a body that breaks off, and logs none of it: the
 * framework would let anybody fill the log with errors and their stacks.
 */
@Catch()
export class ClientFaultsFilter extends BaseExceptionFilter {
  override catch(exception: Error, host: ArgumentsHost): void {
    const statusCode = clientFaultOf(exception);
    if (statusCode === undefined) {
      super.catch(exception, host);
      return;
    }
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.status(statusCode).send({ message: STATUS_CODES[statusCode], statusCode });
  }
}

/** The status that the HTTP library gives it, where it is a fault of the client's. */
function clientFaultOf(exception: Error): number | undefined {
  const { statusCode } = exception as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
