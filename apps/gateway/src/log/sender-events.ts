import type { SenderEvent } from '@parley/sender';
import type { PinoLogger } from 'nestjs-pino';
import { tenths } from './tenths.ts';

/** How a message ended is told by settled-line.ts, which knows how it came in. */
export type LoggedSenderEvent = Exclude<SenderEvent, { readonly kind: 'settled' }>;

type Attempted = SenderEvent & { readonly kind: 'attempted' };

/** Without the traces it carried, of which there may be a thousand: each message's own line has its trace. */
export type AttemptFacts = Omit<Attempted, 'kind' | 'traceparents'>;

/** One line per event of the sender, at the level that says whether somebody should look. */
export function logSenderEvent(logger: PinoLogger, event: SenderEvent): void {
  if (event.kind === 'settled') return;
  if (event.kind === 'attempted') {
    const level = ATTEMPT_LEVELS[event.answer === 'accepted' ? 'accepted' : 'other'];
    logger[level]({ event: event.kind, ...factsOf(event) });
    return;
  }
  const { kind, ...facts } = event;
  logger[SENDER_LEVELS[kind]]({ event: kind, ...facts });
}

function factsOf(attempted: Attempted): AttemptFacts {
  const { account, messages, repeated, answer, code, detail, waitedMs, durationMs, totalMs } = attempted;
  return {
    account,
    messages,
    repeated,
    answer,
    ...(code !== undefined && { code }),
    ...(detail !== undefined && { detail }),
    waitedMs: tenths(waitedMs),
    ...(durationMs !== undefined && { durationMs: tenths(durationMs) }),
    totalMs: tenths(totalMs),
  };
}

export const ATTEMPT_LEVELS = { accepted: 'info', other: 'warn' } as const;

export const SENDER_LEVELS = {
  retrying: 'warn',
  split: 'warn',
  'held-back': 'warn',
  ambiguous: 'warn',
  unsent: 'debug',
  'account-paused': 'error',
  'account-resumed': 'info',
  'store-failed': 'error',
} as const satisfies Record<
  Exclude<LoggedSenderEvent['kind'], 'attempted'>,
  'debug' | 'info' | 'warn' | 'error'
>;
