import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Refusal {
  readonly status: number;
  readonly body: object;
}

/** Decides by what comes before the body: the route that was found, the headers, the address. */
export type EarlyRefusal = (request: FastifyRequest, reply: FastifyReply) => Refusal | undefined;

/** Node drops a body of this size as it comes, and the connection serves on. */
const MAX_DROPPED_BYTES = 64 * 1024;

/** How long a client that is still writing its body has to read that it is refused. */
const LINGER_MS = 1_000;

/** Refuses requests before anything of their body is taken into memory, by the first of the rules that does. */
export function refuseEarly(app: NestFastifyApplication, rules: readonly EarlyRefusal[]): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    for (const rule of rules) {
      const refusal = rule(request, reply);
      if (refusal === undefined) continue;
      refuse(reply, refusal);
      return;
    }
    done();
  });
}

/** What no route is for. The framework would read the body first. */
export const refuseUnknownRoutes: EarlyRefusal = ({ is404 }) =>
  is404 ? { status: 404, body: { message: 'Not Found', statusCode: 404 } } : undefined;

function refuse(reply: FastifyReply, { status, body }: Refusal): void {
  void reply.status(status);
  const { raw } = reply.request;
  if (!announcesLargeBody(raw)) {
    void reply.send(body);
    return;
  }
  const text = JSON.stringify(body);
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
