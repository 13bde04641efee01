import {
  ForbiddenException,
  PayloadTooLargeException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import type { HttpException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EarlyRefusal, Refusal } from '../http/refuse-early.ts';
import { Metrics } from '../metrics/metrics.ts';
import { CallbackAccess } from './callback-access.ts';
import type { CallbackOutcome } from './callback-reception.ts';
import { CALLBACKS_PATH } from './callbacks-path.ts';

const CALLBACKS_ROUTE = `/${CALLBACKS_PATH}/:account`;

/** Meta sends up to 3 MB at once. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Callbacks of the provider between their headers and their answer. */
const MAX_UNDER_WAY = 2_000;

/**
 * Refuses callbacks that are not the provider's, that are too large, and those beyond what may be under way. What counts is
 * the route that was found, so that no spelling of the path and no method leads around this. Before any route is there.
 */
export function callbackRefusal(app: NestFastifyApplication): EarlyRefusal {
  limitBodies(app);
  const access = app.get(CallbackAccess);
  const { callbacks } = app.get(Metrics);
  let underWay = 0;
  return (request, reply) => {
    if (request.routeOptions.url !== CALLBACKS_ROUTE) return undefined;
    const forged = access.refusalOf(request);
    if (forged !== undefined)
      return refusal(forged === 403 ? new ForbiddenException() : new UnauthorizedException());
    const { account = '' } = request.params as { readonly account?: string };
    const counted = (outcome: CallbackOutcome, exception: HttpException): Refusal => {
      callbacks.inc({ account, outcome });
      return refusal(exception);
    };
    if (Number(request.headers['content-length']) > MAX_BODY_BYTES)
      return counted('too-large', new PayloadTooLargeException());
    if (underWay >= MAX_UNDER_WAY)
      return counted('overloaded', new ServiceUnavailableException('too many at once, send it again'));
    underWay += 1;
    reply.raw.once('close', () => (underWay -= 1));
    return undefined;
  };
}

/** Also of bodies whose size is not announced. */
function limitBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', (route) => {
    if (route.url === CALLBACKS_ROUTE) route.bodyLimit = MAX_BODY_BYTES;
  });
}

function refusal(exception: HttpException): Refusal {
  return { status: exception.getStatus(), body: exception.getResponse() as object };
}
