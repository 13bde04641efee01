import type { OutboundMessage, Outcome, SendError, Settlement } from '@parley/sender';
import type { PinoLogger } from 'nestjs-pino';
import type { Source } from '../sending/result-event.ts';
import { maskedNumber } from './masked-number.ts';
import { tenths } from './tenths.ts';

export const SETTLED_LEVEL = 'info';

interface Settled {
  readonly message: OutboundMessage;
  readonly settlement: Settlement;
  readonly source: Source;
  /** From its coming in. */
  readonly durationMs: number;
}

export interface SettledFacts {
  readonly messageId: string;
  readonly account: string;
  /** Masked. */
  readonly recipient: string;
  readonly source: Source;
  readonly outcome: Outcome['kind'];
  /** The provider's key, when accepted. */
  readonly key: string | undefined;
  /** When not. */
  readonly reason: SendError['reason'] | undefined;
  /** The provider's code, when it gave one. */
  readonly code: string | undefined;
  readonly attempts: number;
  readonly duplicate: boolean;
  readonly durationMs: number;
  /** W3C trace id. */
  readonly traceId: string | undefined;
}

/** One message's end, with everything by which it is looked for. */
export function logSettled(logger: PinoLogger, settled: Settled): void {
  logger[SETTLED_LEVEL]({ event: 'settled', ...factsOf(settled) });
}

function factsOf({ message, settlement, source, durationMs }: Settled): SettledFacts {
  const { outcome, attempts, duplicate } = settlement;
  const error = outcome.kind === 'accepted' ? undefined : outcome.error;
  return {
    messageId: message.messageId,
    account: message.account,
    recipient: maskedNumber(message.phoneNumber),
    source,
    outcome: outcome.kind,
    key: outcome.kind === 'accepted' ? outcome.key : undefined,
    reason: error?.reason,
    code: error?.providerCode,
    attempts,
    duplicate,
    durationMs: tenths(durationMs),
    traceId: message.traceparent?.slice(3, 35),
  };
}
