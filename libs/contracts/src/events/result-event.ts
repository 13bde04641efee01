import { Type } from 'typebox';
import type { Static } from 'typebox';
import { account, messageId, metadata, oneOf, phoneNumber, utcTime } from './event-fields.ts';

const eventErrorSchema = Type.ReadonlyObject(
  Type.Object({
    reason: Type.String({
      description: 'One name of the closed list in docs/errors.md.',
      pattern: '^[A-Z][A-Z0-9_]*$',
    }),
    message: Type.String({
      description: 'For people. Holds no text of the message and no full phone number.',
    }),
    retryable: Type.Boolean({
      description: 'Whether the same message, unchanged, may succeed when it is sent again later.',
    }),
    providerCode: Type.Optional(Type.String({ description: 'The provider’s own code, when it gave one.' })),
  }),
  { description: 'Why the message was not accepted; only then.' },
);

export const resultEventSchema = Type.ReadonlyObject(
  Type.Object({
    messageId,
    account,
    phoneNumber: phoneNumber('The recipient in E.164 form; also the key of the record.'),
    outcome: oneOf(
      ['ACCEPTED', 'REJECTED', 'EXPIRED', 'UNKNOWN'],
      'ACCEPTED: the provider took it, statuses follow. REJECTED and EXPIRED: it was not sent. UNKNOWN: it may have been sent.',
    ),
    key: Type.Optional(
      Type.String({
        description: 'The provider’s key for the message, which its statuses carry; only when ACCEPTED.',
        minLength: 1,
      }),
    ),
    error: Type.Optional(eventErrorSchema),
    duplicate: Type.Boolean({
      description:
        'True when another submission of this id settled it first: that outcome is told again. Nothing was sent for this one, unless its gateway lost the id to another in the middle of a request.',
    }),
    attempts: Type.Integer({
      description: 'Requests to the provider that carried this message.',
      minimum: 0,
    }),
    source: oneOf(['grpc', 'kafka', 'http'], 'Which way the message came in.'),
    time: utcTime('When it was settled.'),
    metadata,
  }),
  {
    title: 'ResultEvent',
    description: 'How one message ended: one event per message settled, whichever way it came in.',
    if: { properties: { outcome: { const: 'ACCEPTED' } } },
    then: { required: ['key'], not: { required: ['error'] } },
    else: { required: ['error'], not: { required: ['key'] } },
  },
);

/** Value of the result topic: how one message ended. `key` only when accepted, `error` only when not. */
export interface ResultEvent extends Static<typeof resultEventSchema> {}

/** Why a message was not accepted. `reason` is one name of the closed list in docs/errors.md. */
export interface EventError extends Static<typeof eventErrorSchema> {}
