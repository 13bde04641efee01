import type { SpoolEvent } from '@parley/kafka';
import type { PinoLogger } from 'nestjs-pino';

/** One line per event of the spool, at the level that says whether somebody should look. */
export function logSpoolEvent(logger: PinoLogger, { type, ...facts }: SpoolEvent): void {
  logger[SPOOL_LEVELS[type]]({ event: type, ...facts });
}

export const SPOOL_LEVELS = {
  'spooling-began': 'warn',
  'spooling-ended': 'info',
  'records-spooled': 'debug',
  'records-drained': 'debug',
  'drain-failed': 'warn',
  'spool-away': 'error',
  'spool-back': 'info',
  'spool-full': 'error',
  'spooled-value-omitted': 'error',
} as const satisfies Record<SpoolEvent['type'], 'debug' | 'info' | 'warn' | 'error'>;
