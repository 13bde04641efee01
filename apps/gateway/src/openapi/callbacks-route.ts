import { ApiBody, ApiParam, ApiSecurity } from '@nestjs/swagger';
import { CallbacksController } from '../callbacks/callbacks.controller.ts';
import { describeRoute, named } from './describe-route.ts';
import type { DescribedAnswer } from './describe-route.ts';
import { FRAMEWORK_ERROR } from './framework-error.ts';

/** The name of what the provider presents. */
export const CALLBACK_TOKEN = 'callbackToken';

export function describeCallbacks(): void {
  describeRoute(CallbacksController, 'receive', {
    tag: 'callbacks',
    summary: 'Takes the provider’s status callbacks and inbound messages',
    description:
      'Any JSON is taken: what nobody can read is quarantined. An empty body, or GET or HEAD instead, asks whether the address is alive. The provider repeats whatever is not answered with success.',
    decorators: [
      ApiSecurity(CALLBACK_TOKEN),
      ApiParam({ name: 'account', description: 'A configured account.', schema: { type: 'string' } }),
      ApiBody({
        required: false,
        description:
          'As Meta’s webhooks, with or without their envelope; the provider’s key beside it. At most 4 MiB.',
        schema: {},
        examples: named(BODIES),
      }),
    ],
    answers: [
      {
        status: 200,
        description: 'Everything it says is durable.',
        schema: {
          type: 'object',
          additionalProperties: false,
          properties: {
            received: {
              type: 'integer',
              minimum: 0,
              description: 'Events that were told for it: none for a repetition.',
            },
          },
        },
        examples: { told: { received: 1 }, repeated: { received: 0 }, alive: {} },
      },
      refusal(401, 'Unauthorized', 'No valid token, or no such account.'),
      refusal(403, 'Forbidden', 'The address is not among those allowed.'),
      refusal(413, 'Payload Too Large', 'The body is larger than 4 MiB.'),
      refusal(
        503,
        'not durable yet, send it again',
        'Nothing durable takes it, or too many are under way.',
        'Service Unavailable',
      ),
    ],
  });
}

function refusal(status: number, message: string, description: string, error?: string): DescribedAnswer {
  const body = { message, ...(error !== undefined && { error }), statusCode: status };
  return { status, description, schema: FRAMEWORK_ERROR, examples: { refused: body } };
}

const BODIES = {
  delivered: {
    statuses: [
      { id: 'wamid.EXAMPLE', status: 'delivered', timestamp: '1750030073', recipient_id: '15550001234' },
    ],
    key: 'whatsapp-660e8400-e29b-41d4-a716-446655440001',
  },
  inbound: {
    messages: [
      {
        from: '15550001234',
        id: 'wamid.INBOUND',
        timestamp: '1750030073',
        type: 'text',
        text: { body: 'Does it come in another color?' },
      },
    ],
  },
};
