import { Type } from 'typebox';
import type { Static } from 'typebox';
import { messageId, metadata, oneOf, phoneNumber } from './event-fields.ts';

export const sendEventSchema = Type.ReadonlyObject(
  Type.Object({
    messageId,
    account: Type.Optional(
      Type.String({ description: 'Name of the provider account to send with.', default: 'default' }),
    ),
    phoneNumber: phoneNumber('The recipient in E.164 form, with a leading +; also the key of the record.'),
    text: Type.ReadonlyObject(
      Type.Object({
        body: Type.String({ description: 'What the recipient reads.', minLength: 1, maxLength: 4096 }),
        previewUrl: Type.Optional(
          Type.Boolean({
            description: 'Whether WhatsApp shows a preview of the first link.',
            default: false,
          }),
        ),
      }),
    ),
    expireTime: Type.Optional(
      Type.String({
        description:
          'Not sent after this moment: it ends as EXPIRED then. RFC 3339 with a zone. When left out, it waits for as long as an outage lasts; once a request may have carried it, it is repeated for 24 hours at most and ends as UNKNOWN.',
        format: 'date-time',
      }),
    ),
    ambiguousSends: Type.Optional(
      oneOf(
        ['resend', 'report'],
        'What happens when a request was written and never answered: sent again (at least once), or reported as UNKNOWN (at most once). As the gateway is configured when left out.',
      ),
    ),
    metadata: Type.Optional(metadata),
  }),
  {
    title: 'SendEvent',
    description:
      'One text to send. Unknown fields are ignored; what breaks a rule goes to the dead letter topic.',
  },
);

/** Value of the send topic: one text to send. `messageId` is also the idempotency key, `expireTime` RFC 3339. */
export interface SendEvent extends Static<typeof sendEventSchema> {}
