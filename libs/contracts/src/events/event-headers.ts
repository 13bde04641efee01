import { Type } from 'typebox';
import type { TObject, TProperties, TString } from 'typebox';
import type { TopicRole } from '../topics.ts';
import { oneOf, utcTime } from './event-fields.ts';
import { EVENT_TYPES } from './event-types.ts';
import type { EventRole } from './event-types.ts';

/** The headers of each topic's records. Values are UTF-8; readers ignore headers they do not know. */
export const HEADER_SCHEMAS: Readonly<Record<TopicRole, TObject>> = {
  send: Type.Partial(Type.Object(cloudEvent('send')), {
    title: 'SendHeaders',
    description: 'A producer may leave all of them out. Only traceparent is read.',
  }),
  result: Type.Object(cloudEvent('result'), { title: 'ResultHeaders' }),
  status: Type.Object(
    {
      ...cloudEvent('status'),
      ce_correlation: Type.Optional(
        oneOf(
          ['matched', 'unknown'],
          'Whether the gateway knows the message: `unknown` when it was sent elsewhere, or is forgotten.',
        ),
      ),
    },
    { title: 'StatusHeaders' },
  ),
  inbound: Type.Object(cloudEvent('inbound'), { title: 'InboundHeaders' }),
  dlq: Type.Object(
    {
      'dlq-reason': Type.String({
        description: 'One name of the closed list in docs/errors.md, or HANDLER_FAILED.',
        pattern: '^[A-Z][A-Z0-9_]*$',
      }),
      'dlq-message': Type.String({ description: 'Which fields break which rules. Never what was in them.' }),
      'dlq-original-topic': Type.String({ description: 'The topic it was read from.', minLength: 1 }),
      'dlq-original-partition': count('The partition it was read from.'),
      'dlq-original-offset': count('The offset it was read at.'),
      'dlq-time': utcTime('When it was put aside.'),
      'dlq-value-omitted-bytes': Type.Optional(
        count(
          'Only when the value is left out because this topic refuses its size: its bytes. It stays at its original offset.',
        ),
      ),
      'dlq-headers-omitted-bytes': Type.Optional(
        count(
          'Only when the headers that the record came with are left out too: their bytes in the log, at most.',
        ),
      ),
      'dlq-key-omitted-bytes': Type.Optional(count('Only when the key is left out too: its bytes.')),
    },
    {
      title: 'DeadLetterHeaders',
      description: 'Beside the headers that the record came with.',
      additionalProperties: { type: 'string' },
    },
  ),
  quarantine: Type.Object(
    {
      'quarantine-reason': Type.String({
        description: 'What could not be read. Never quotes the body.',
        minLength: 1,
      }),
      'quarantine-account': Type.String({ description: 'The account that was called back.', minLength: 1 }),
      'quarantine-time': utcTime('When the callback came.'),
      'quarantine-id': Type.Optional(
        Type.String({
          description: 'Only of a body too large for one record: the same in all its records, and their key.',
          minLength: 1,
        }),
      ),
      'quarantine-part': Type.Optional(
        Type.String({
          description: 'Beside the id: which part this is, of how many.',
          pattern: '^[1-9]\\d*/[1-9]\\d*$',
        }),
      ),
    },
    { title: 'QuarantineHeaders' },
  ),
};

/** CloudEvents 1.0, Kafka binding, binary mode, and the trace of the message. */
function cloudEvent(role: EventRole): TProperties {
  return {
    'content-type': Type.Literal('application/json'),
    ce_specversion: Type.Literal('1.0'),
    ce_id: Type.String({
      description: 'The same whenever the same thing is told again: readers may drop what they have seen.',
      minLength: 1,
    }),
    ce_source: Type.String({ description: 'Who tells it.', format: 'uri-reference', minLength: 1 }),
    ce_type: Type.Literal(EVENT_TYPES[role]),
    ce_time: utcTime('The time of the event.'),
    traceparent: Type.Optional(
      Type.String({
        description: 'W3C trace context, as it came with the message; left out when none did.',
        pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$',
      }),
    ),
  };
}

function count(description: string): TString {
  return Type.String({ description: `${description} Decimal.`, pattern: '^[0-9]+$' });
}
