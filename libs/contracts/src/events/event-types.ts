/** Types of the events in their `ce_type` header (CloudEvents 1.0, Kafka binary binding). */
export const EVENT_TYPES = {
  send: 'parley.conversational.send.v1',
  result: 'parley.conversational.result.v1',
  status: 'parley.conversational.status.v1',
  inbound: 'parley.conversational.inbound.v1',
} as const;

/** The topics whose records are our events; the others keep bytes as they came. */
export type EventRole = keyof typeof EVENT_TYPES;
