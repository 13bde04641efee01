import { ServerInterceptingCall, status } from '@grpc/grpc-js';
import type { ServerInterceptor } from '@grpc/grpc-js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CONVERSATIONAL_SERVICE } from '@parley/contracts';
import { SEND_PATH } from '../http/send-refusal.ts';
import type { Metrics } from './metrics.ts';

const SERVICE_PATH = `/${CONVERSATIONAL_SERVICE}/`;

/**
 * Counts the answered calls of the service by their status, whoever gave it: also what nobody could decode. Who hung up
 * is answered nothing.
 */
export function countGrpcCalls({ calls }: Metrics): ServerInterceptor {
  return ({ path }, call) => {
    // Probes of the health service come all the time, and say nothing of callers.
    if (!path.startsWith(SERVICE_PATH)) return new ServerInterceptingCall(call);
    const method = path.slice(SERVICE_PATH.length);
    return new ServerInterceptingCall(call, {
      sendStatus: (ending, next) => {
        calls.inc({ door: 'grpc', method, code: status[ending.code] });
        next(ending);
      },
    });
  };
}

/** The same at the endpoint that clients of the provider call. Callbacks are counted by what becomes of them. */
export function countHttpCalls(app: NestFastifyApplication, { calls }: Metrics): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onResponse', (request, reply, done) => {
    if (request.routeOptions.url === `/${SEND_PATH}` && reply.raw.writableFinished)
      calls.inc({ door: 'http', method: 'send', code: String(reply.statusCode) });
    done();
  });
}
