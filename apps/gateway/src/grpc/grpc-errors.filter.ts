import { status } from '@grpc/grpc-js';
import { Catch } from '@nestjs/common';
import type { RpcExceptionFilter } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { PinoLogger } from 'nestjs-pino';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';

/** Lets our own errors through as they are, and turns any other into INTERNAL, logged here and not told. */
@Catch()
export class GrpcErrorsFilter implements RpcExceptionFilter<Error> {
  readonly #logger: PinoLogger;

  constructor(logger: PinoLogger) {
    this.#logger = logger;
  }

  catch(exception: Error): Observable<never> {
    if (exception instanceof RpcException) return throwError(() => exception.getError());
    this.#logger.error({ err: exception }, 'a gRPC call failed in an unforeseen way');
    return throwError(() => ({ code: status.INTERNAL, message: 'internal error' }));
  }
}
