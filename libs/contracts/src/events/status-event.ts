import { Type } from 'typebox';
import type { Static } from 'typebox';
import { account, messageId, metadata, oneOf, phoneNumber, provider, utcTime } from './event-fields.ts';

const deliveryStatusSchema = oneOf(
  ['accepted', 'sent', 'delivered', 'read', 'failed'],
  'What happened to the message. Events may come in another order than things happened in.',
);

const statusErrorSchema = Type.ReadonlyObject(
  Type.Object({
    code: Type.String({
      description: 'Meta’s code, or the provider’s own; `unknown` when there was none.',
      minLength: 1,
    }),
    title: Type.String({ description: 'What the code means, in a few words.', minLength: 1 }),
    details: Type.String({ description: 'What the provider added; may be empty.' }),
    retryable: Type.Boolean({
      description: 'Whether sending the text again later, under a new id, may succeed.',
    }),
    advice: Type.String({ description: 'One line: what to do about it.', minLength: 1 }),
  }),
  { description: 'Why it failed; only with the status failed.' },
);

export const statusEventSchema = Type.ReadonlyObject(
  Type.Object({
    messageId: Type.Optional(messageId),
    account,
    phoneNumber: Type.Optional(
      phoneNumber('The recipient in E.164 form, when it is known; then also the key of the record.'),
    ),
    key: Type.String({
      description:
        'The provider’s key for the message; empty when the callback named only the WhatsApp message id.',
    }),
    wamid: Type.Optional(Type.String({ description: 'WhatsApp’s own message id.', minLength: 1 })),
    status: deliveryStatusSchema,
    error: Type.Optional(statusErrorSchema),
    time: utcTime(
      'When it happened, by the provider’s clock; the time of receipt when the callback names none.',
    ),
    receivedTime: utcTime('When the callback came.'),
    metadata: Type.Optional(metadata),
    provider,
  }),
  {
    title: 'StatusEvent',
    description:
      'One step of a message on its way, as a callback of the provider told it; one event per key or WhatsApp message id and status. `messageId` and `metadata` are left out when the gateway does not know the message: sent elsewhere, or forgotten.',
    if: { properties: { status: { const: 'failed' } } },
    then: { required: ['error'] },
    else: { not: { required: ['error'] } },
  },
);

/**
 * Value of the status topic: one step of a message on its way. `messageId` is left out when the gateway does not know the
 * message; `key` is empty when the callback named only the WhatsApp message id; `error` only when failed.
 */
export interface StatusEvent extends Static<typeof statusEventSchema> {}

export type DeliveryStatus = Static<typeof deliveryStatusSchema>;

/** Why a message failed: Meta's code or the provider's own, and one line of what to do about it. */
export interface StatusError extends Static<typeof statusErrorSchema> {}
