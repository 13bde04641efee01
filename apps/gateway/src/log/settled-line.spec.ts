import { describe, expect, it } from '@jest/globals';
import { sendError } from '@parley/sender';
import type { Outcome } from '@parley/sender';
import { outboundMessage } from '@parley/testing';
import type { PinoLogger } from 'nestjs-pino';
import { logSettled } from './settled-line.ts';

const MESSAGE = outboundMessage({
  messageId: 'order-7',
  phoneNumber: '+4915112349936',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
});

/** As it would be written at level info. */
function lineOf(outcome: Outcome): unknown {
  const lines: object[] = [];
  const logger = { info: (facts: object) => lines.push(facts) } as unknown as PinoLogger;
  logSettled(logger, {
    message: MESSAGE,
    settlement: { kind: 'settled', outcome, attempts: 2, duplicate: false },
    source: 'kafka',
    durationMs: 1234.5678,
  });
  return JSON.parse(JSON.stringify(lines));
}

const FACTS = {
  event: 'settled',
  messageId: 'order-7',
  account: 'default',
  recipient: '+49***36',
  source: 'kafka',
  attempts: 2,
  duplicate: false,
  durationMs: 1234.6,
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
};

describe('The line of a settled message', () => {
  it('tells everything that it is looked for by, and the provider’s key', () => {
    expect(lineOf({ kind: 'accepted', key: 'whatsapp-7' })).toEqual([
      { ...FACTS, outcome: 'accepted', key: 'whatsapp-7' },
    ]);
  });

  it('tells why it was not accepted', () => {
    const error = sendError('PROVIDER_REJECTED', 'for people', '2002');
    expect(lineOf({ kind: 'rejected', error })).toEqual([
      { ...FACTS, outcome: 'rejected', reason: 'PROVIDER_REJECTED', code: '2002' },
    ]);
  });
});
