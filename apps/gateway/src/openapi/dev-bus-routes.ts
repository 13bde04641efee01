import { ApiBody, ApiParam } from '@nestjs/swagger';
import { DevBusController } from '../dev-bus/dev-bus.controller.ts';
import { describeRoute } from './describe-route.ts';
import { FRAMEWORK_ERROR } from './framework-error.ts';

export function describeDevBus(): void {
  const tag = 'development';
  describeRoute(DevBusController, 'produce', {
    tag,
    summary: 'Puts the body on a topic of the bus inside this process',
    decorators: [
      ApiParam({ name: 'topic', description: 'One of the configured topics.', schema: { type: 'string' } }),
      ApiBody({ required: true, schema: {} }),
    ],
    answers: [
      {
        status: 202,
        description: 'It is there.',
        schema: {
          type: 'object',
          required: ['topic'],
          additionalProperties: false,
          properties: { topic: { type: 'string' } },
        },
        examples: { produced: { topic: 'whatsapp.conversational.send.v1' } },
      },
      {
        status: 400,
        description: 'No such topic, or no body.',
        schema: FRAMEWORK_ERROR,
        examples: {
          unknown: {
            message: 'topic must be one of the configured topics',
            error: 'Bad Request',
            statusCode: 400,
          },
        },
      },
    ],
  });
  describeRoute(DevBusController, 'events', {
    tag,
    summary: 'Results, statuses and inbound messages as they come',
    answers: [
      {
        status: 200,
        description: 'A stream that stays open; each event is a record as JSON.',
        type: 'text/event-stream',
        schema: { type: 'string' },
        examples: { none: '' },
      },
    ],
  });
}
