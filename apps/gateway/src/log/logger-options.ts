import type { Params } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import type { Configuration } from '../configuration/configuration.ts';
import { standardOutput } from './standard-output.ts';

/**
 * JSON lines, on standard output unless another destination is named. Nothing logs a body, a key or a number to begin
 * with; what is named here is the second net, should an error carry one along.
 */
export function loggerOptions(
  { logLevel }: Pick<Configuration, 'logLevel'>,
  destination: DestinationStream = standardOutput(),
): Params {
  return {
    pinoHttp: {
      level: logLevel,
      stream: destination,
      autoLogging: false,
      quietReqLogger: true,
      base: null,
      redact: {
        paths: ['req', 'res', '*.body', '*.phoneNumber', '*.authKey', '*.token', '*.headers'],
        remove: true,
      },
    },
  };
}
