import type { SenderEvent } from '@parley/sender';
import type { PinoLogger } from 'nestjs-pino';

/** One line per event of the sender, at the level that says whether somebody should look. */
export function logSenderEvent(logger: PinoLogger, { kind, ...facts }: SenderEvent): void {
  const refused = kind === 'attempted' && 'answer' in facts && facts.answer !== 'accepted';
  logger[refused ? 'warn' : LEVELS[kind]]({ event: kind, ...facts });
}

const LEVELS = {
  attempted: 'info',
  settled: 'debug',
  retrying: 'warn',
  split: 'warn',
  'held-back': 'warn',
  ambiguous: 'warn',
  unsent: 'debug',
  'account-paused': 'error',
  'account-resumed': 'info',
  'store-failed': 'error',
} as const satisfies Record<SenderEvent['kind'], 'debug' | 'info' | 'warn' | 'error'>;
