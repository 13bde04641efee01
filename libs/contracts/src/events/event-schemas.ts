import type { TSchema } from 'typebox';
import type { EventRole } from './event-types.ts';
import { inboundEventSchema } from './inbound-event.ts';
import { resultEventSchema } from './result-event.ts';
import { sendEventSchema } from './send-event.ts';
import { statusEventSchema } from './status-event.ts';

/**
 * The values of our events as JSON Schema: the one source of their types and of docs/events. For readers: unknown fields
 * are ignored, unknown values of a closed list are not.
 */
export const EVENT_SCHEMAS: Readonly<Record<EventRole, TSchema>> = {
  send: sendEventSchema,
  result: resultEventSchema,
  status: statusEventSchema,
  inbound: inboundEventSchema,
};

export { HEADER_SCHEMAS } from './event-headers.ts';
export { KEY_SCHEMAS } from './record-keys.ts';
