import type { IncomingHttpHeaders } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AUTH_KEY_HEADER, ENDPOINT_ERRORS } from '@parley/insider';
import { Callers } from '../callers/callers.ts';
import type { EarlyRefusal } from './refuse-early.ts';

export const SEND_PATH = 'v1/conversational/send';

/** Refuses, in the provider's shape, whoever presents no caller's token. */
export function sendRefusal(app: NestFastifyApplication): EarlyRefusal {
  const callers = app.get(Callers);
  return ({ routeOptions, headers }) =>
    routeOptions.url === `/${SEND_PATH}` && !callers.authenticate(keyIn(headers))
      ? ENDPOINT_ERRORS.unauthorized
      : undefined;
}

/** The caller's token, where clients of the provider put their key. */
export function keyIn(headers: IncomingHttpHeaders): string | undefined {
  const key = headers[AUTH_KEY_HEADER.toLowerCase()];
  return typeof key === 'string' ? key : undefined;
}
