import type { PinoLogger } from 'nestjs-pino';
import type { StoreEvent } from '../sending/stores.ts';

/** One line per event of what the sender keeps in Redis, at the level that says whether somebody should look. */
export function logStoreEvent(logger: PinoLogger, { kind, ...facts }: StoreEvent): void {
  logger[STORE_LEVELS[kind]]({ event: kind, ...facts });
}

export const STORE_LEVELS = {
  'redis-connected': 'info',
  'redis-away': 'error',
  'spool-not-persistent': 'warn',
  'permits-local': 'warn',
  'permits-shared': 'info',
  'clock-stepped': 'warn',
} as const satisfies Record<StoreEvent['kind'], 'info' | 'warn' | 'error'>;
