import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { ForbiddenException, UnauthorizedException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { CallbackAccess } from './callback-access.ts';
import { CALLBACKS_PATH } from './callbacks-path.ts';

const CALLBACKS_ROUTE = `/${CALLBACKS_PATH}/:account`;

/** Node drops a body of this size as it comes, and the connection serves on. */
const MAX_DROPPED_BYTES = 64 * 1024;

/** How long a client that is still writing its body has to read that it is refused. */
const LINGER_MS = 1_000;

/**
 * Refuses callbacks that are not the provider's before anything of their body is taken into memory. What counts is the
 * route that was found, so that no spelling of the path and no method leads around this.
 */
export function refuseForgeries(app: NestFastifyApplication): void {
  const access = app.get(CallbackAccess);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const forCallbacks = request.routeOptions.url === CALLBACKS_ROUTE;
    const status = forCallbacks ? access.refusalOf(request) : undefined;
    if (status === undefined) done();
    else refuse(reply, status);
  });
}

function refuse(reply: FastifyReply, status: 401 | 403): void {
  const refusal = status === 403 ? new ForbiddenException() : new UnauthorizedException();
  void reply.status(status);
  const { raw } = reply.request;
  if (!announcesLargeBody(raw)) {
    void reply.send(refusal.getResponse());
    return;
  }
  const text = JSON.stringify(refusal.getResponse());
  void reply
    .headers({
      connection: 'close',
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    })
    .send(Readable.from(lingering(text, raw.socket)));
}

/** Or one of a size that is not told. */
function announcesLargeBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > MAX_DROPPED_BYTES;
}

/**
 * The whole answer at once, and its end when the client is gone or had its time: closing at once, with bytes that nobody
 * read, would reset the connection, and the client might lose the answer.
 */
async function* lingering(text: string, socket: Socket): AsyncGenerator<string> {
  yield text;
  await once(socket, 'close', { signal: AbortSignal.timeout(LINGER_MS) }).catch(() => undefined);
}
