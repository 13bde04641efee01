import { randomUUID } from 'node:crypto';
import { EVENT_TYPES } from '@parley/contracts';
import type { ResultEvent } from '@parley/contracts';
import type { OutgoingRecord } from '@parley/kafka';
import type { OutboundMessage, Outcome, Settlement } from '@parley/sender';
import { eventRecord } from '../events/event-record.ts';

export type Source = ResultEvent['source'];

const OUTCOMES = {
  accepted: 'ACCEPTED',
  rejected: 'REJECTED',
  expired: 'EXPIRED',
  unknown: 'UNKNOWN',
} as const satisfies Record<Outcome['kind'], ResultEvent['outcome']>;

/** The record that tells how a message ended. */
export function resultRecord(options: {
  readonly topic: string;
  readonly message: OutboundMessage;
  readonly settlement: Settlement;
  readonly source: Source;
  readonly now: Date;
}): OutgoingRecord {
  const { topic, message, settlement, source, now } = options;
  const { outcome, duplicate, attempts } = settlement;
  const time = now.toISOString();
  const event: ResultEvent = {
    messageId: message.messageId,
    account: message.account,
    phoneNumber: message.phoneNumber,
    outcome: OUTCOMES[outcome.kind],
    ...(outcome.kind === 'accepted' ? { key: outcome.key } : { error: outcome.error }),
    duplicate,
    attempts,
    source,
    time,
    metadata: message.metadata,
  };
  return eventRecord({
    topic,
    type: EVENT_TYPES.result,
    id: randomUUID(),
    time,
    key: message.phoneNumber,
    value: event,
    // Of this submission: a repetition of an id is told within its own trace, not that of the first.
    traceparent: message.traceparent,
  });
}
