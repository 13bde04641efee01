import type { BusEvent, ConsumerEvent } from '@parley/kafka';
import type { PinoLogger } from 'nestjs-pino';

/** One line per event of the bus and its consumer, at the level that says whether somebody should look. */
export function logBusEvent(logger: PinoLogger, { type, ...facts }: BusEvent | ConsumerEvent): void {
  const { error, ...told } = { error: undefined, ...facts };
  logger[BUS_LEVELS[type]]({ event: type, ...told, ...(error !== undefined && { err: error }) });
}

export const BUS_LEVELS = {
  'producer-connected': 'info',
  'producer-disconnected': 'warn',
  'consumer-assigned': 'info',
  'consumer-rebalancing': 'info',
  'consumer-crashed': 'warn',
  'partition-paused': 'debug',
  'partition-resumed': 'debug',
  'partitions-lost': 'info',
  'log-reset': 'warn',
  'partition-taken-over': 'warn',
  committed: 'trace',
  'commit-failed': 'warn',
  'dead-lettered': 'warn',
  'dead-letter-failed': 'error',
  'record-abandoned': 'info',
  'handler-failed': 'error',
} as const satisfies Record<
  (BusEvent | ConsumerEvent)['type'],
  'trace' | 'debug' | 'info' | 'warn' | 'error'
>;
