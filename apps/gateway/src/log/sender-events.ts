import type { SenderEvent } from '@parley/sender';
import type { PinoLogger } from 'nestjs-pino';

/** One line per event of the sender, at the level that says whether somebody should look. */
export function logSenderEvent(logger: PinoLogger, event: SenderEvent): void {
  if (event.kind === 'attempted') logAttempt(logger, event);
  else {
    const { kind, ...facts } = event;
    logger[LEVELS[kind]]({ event: kind, ...facts });
  }
}

function logAttempt(
  logger: PinoLogger,
  { kind, answer, ...facts }: SenderEvent & { kind: 'attempted' },
): void {
  // Without the traces it carried, of which there may be a thousand: each message's own line has its trace.
  const told = { event: kind, answer, ...facts, traceparents: undefined };
  logger[answer === 'accepted' ? 'info' : 'warn'](told);
}

const LEVELS = {
  settled: 'debug',
  retrying: 'warn',
  split: 'warn',
  'held-back': 'warn',
  ambiguous: 'warn',
  unsent: 'debug',
  'account-paused': 'error',
  'account-resumed': 'info',
  'store-failed': 'error',
} as const satisfies Record<Exclude<SenderEvent['kind'], 'attempted'>, 'debug' | 'info' | 'warn' | 'error'>;
