import { ApiBody, ApiHeader, ApiSecurity } from '@nestjs/swagger';
import { ENDPOINT_ERRORS, validationErrorBody } from '@parley/insider';
import { sendError } from '@parley/sender';
import type { Reason } from '@parley/sender';
import { notSent } from '../http/errors.ts';
import { SendController } from '../http/send.controller.ts';
import { describeRoute, named } from './describe-route.ts';
import { FRAMEWORK_ERROR } from './framework-error.ts';
import { KEYS, MIXED, PROVIDER_ERROR, SEND_REQUEST } from './send-schemas.ts';

/** The name of what callers present. */
export const CALLER_TOKEN = 'callerToken';

const KEY = 'whatsapp-660e8400-e29b-41d4-a716-446655440001';

export function describeSend(): void {
  describeRoute(SendController, 'send', {
    tag: 'send',
    summary: 'Sends texts: Insider’s own endpoint',
    description:
      'A client of Insider changes its base URL, and its key to its token here. Answered when every text has come to its end, after 30 seconds at the latest. Repeating a request sends its texts again: it holds no ids.',
    decorators: [
      ApiSecurity(CALLER_TOKEN),
      ApiHeader({
        name: 'traceparent',
        required: false,
        description: 'W3C trace context: every event of these texts carries it.',
        schema: { type: 'string' },
      }),
      ApiBody({
        required: true,
        description: 'Read as JSON in UTF-8, whatever its content type says. At most 32 MiB.',
        schema: SEND_REQUEST,
        examples: named(REQUESTS),
      }),
    ],
    answers: [
      {
        status: 200,
        description: 'The provider took all of them.',
        schema: KEYS,
        examples: { accepted: { keys: [KEY] } },
      },
      {
        status: 207,
        description:
          'They ended differently: a key or null for each text in order, and an error for each null.',
        schema: MIXED,
        examples: {
          mixed: {
            keys: [KEY, null],
            errors: [{ field: 'messages[1]', ...bodyOf('WINDOW_CLOSED') }],
          },
        },
      },
      {
        status: 400,
        description: 'None was sent: the request breaks rules, or each text was refused for the same reason.',
        schema: PROVIDER_ERROR,
        examples: {
          undecodable: ENDPOINT_ERRORS.undecodable.body,
          invalid: validationErrorBody([
            { field: 'messages[0].message.text.body', rule: 'must be 1 to 4096 characters' },
          ]),
          refused: bodyOf('WINDOW_CLOSED'),
        },
      },
      {
        status: 401,
        description: 'The token is nobody’s.',
        schema: PROVIDER_ERROR,
        examples: { unauthorized: ENDPOINT_ERRORS.unauthorized.body },
      },
      {
        status: 413,
        description: 'The body is larger than 32 MiB. Nothing of it was read as texts.',
        schema: FRAMEWORK_ERROR,
        examples: {
          tooLarge: { statusCode: 413, message: 'Request body is too large' },
        },
      },
      {
        status: 429,
        description: 'None was sent: as many texts wait as may, or these could not leave within 30 seconds.',
        schema: PROVIDER_ERROR,
        examples: { throttled: ENDPOINT_ERRORS.throttled.body },
        retryAfter: 'always',
      },
      {
        status: 503,
        description:
          'None was sent, and may be sent later: the provider is down or refuses the account, or this gateway stops.',
        schema: PROVIDER_ERROR,
        examples: { unavailable: bodyOf('PROVIDER_UNAVAILABLE'), refused: bodyOf('PROVIDER_UNAUTHORIZED') },
        retryAfter: 'sometimes',
      },
      {
        status: 504,
        description: 'Nobody knows whether they were sent: to be repeated only where a text may come twice.',
        schema: PROVIDER_ERROR,
        examples: { unknown: bodyOf('OUTCOME_UNKNOWN') },
      },
    ],
  });
}

function bodyOf(reason: Reason): object {
  return notSent(sendError(reason)).body as object;
}

const REQUESTS = {
  text: {
    messages: [{ phoneNumber: '+14155550100', message: { type: 'text', text: { body: 'Hello' } } }],
  },
  preview: {
    messages: [
      {
        phoneNumber: '+14155550101',
        message: { type: 'text', text: { body: 'https://example.com', preview_url: true } },
      },
    ],
  },
};
