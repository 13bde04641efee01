import { Type } from 'typebox';
import type { Static } from 'typebox';
import { account, phoneNumber, provider, utcTime } from './event-fields.ts';

export const inboundEventSchema = Type.ReadonlyObject(
  Type.Object({
    account,
    phoneNumber: phoneNumber('Who wrote, in E.164 form; also the key of the record.'),
    wamid: Type.String({ description: 'WhatsApp’s own id of the message.', minLength: 1 }),
    type: Type.String({
      description:
        '`text`, `image`, `interactive`, … as WhatsApp names it; `unknown` when it does not. An open list.',
      minLength: 1,
    }),
    text: Type.Optional(
      Type.String({
        description: 'The text, the caption, or the title of the button or list row that was chosen.',
      }),
    ),
    time: utcTime(
      'When it was written, by the provider’s clock; the time of receipt when the callback names none.',
    ),
    provider,
  }),
  { title: 'InboundEvent', description: 'A message that a user wrote. It opens the user’s 24-hour window.' },
);

/** Value of the inbound topic: a message that the user wrote. `type` is an open list, as WhatsApp names it. */
export interface InboundEvent extends Static<typeof inboundEventSchema> {}
