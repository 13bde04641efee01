import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import type { TopicRole } from '../topics.ts';
import { E164, phoneNumber } from './event-fields.ts';

const recipient = phoneNumber('The recipient’s number in E.164 form: one recipient’s records stay in order.');

/** The keys of each topic's records. */
export const KEY_SCHEMAS: Readonly<Record<TopicRole, TSchema>> = {
  send: recipient,
  result: recipient,
  status: Type.Unsafe({
    description:
      'The recipient’s number in E.164 form; none when the callback names no number and the message is unknown.',
    type: ['string', 'null'],
    pattern: E164,
  }),
  inbound: phoneNumber('The number of the user who wrote, in E.164 form.'),
  dlq: Type.Unsafe({ description: 'The record’s own key, byte for byte.', type: ['string', 'null'] }),
  quarantine: Type.Unsafe({
    description: 'None; of a body in several records, the `quarantine-id`.',
    type: ['string', 'null'],
  }),
};
