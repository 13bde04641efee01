import type { Schema } from './describe-route.ts';

export const SEND_REQUEST: Schema = {
  type: 'object',
  required: ['messages'],
  properties: {
    messages: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: {
        type: 'object',
        required: ['phoneNumber', 'message'],
        properties: {
          phoneNumber: {
            type: 'string',
            pattern: String.raw`^\+[1-9][0-9]{6,14}$`,
            description: 'E.164, of a length that exists in its country.',
          },
          message: {
            type: 'object',
            required: ['type', 'text'],
            properties: {
              type: { type: 'string', enum: ['text'] },
              text: {
                type: 'object',
                required: ['body'],
                properties: {
                  body: { type: 'string', minLength: 1, maxLength: 4096 },
                  preview_url: {
                    type: 'boolean',
                    default: false,
                    description: 'Asks for a preview of the first URL.',
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

export const KEYS: Schema = {
  type: 'object',
  required: ['keys'],
  additionalProperties: false,
  properties: {
    keys: {
      type: 'array',
      items: { type: 'string' },
      description: 'The provider’s key of each text, in order.',
    },
  },
};

const ERROR: Schema = {
  type: 'object',
  required: ['message', 'code'],
  additionalProperties: false,
  properties: {
    message: { type: 'string' },
    code: {
      description: 'The provider’s code where it gave one, else the reason as in docs/errors.md.',
      oneOf: [{ type: 'string' }, { type: 'integer' }],
    },
  },
};

/** The provider's shapes of errors, of which each has some of these fields. */
export const PROVIDER_ERROR: Schema = {
  type: 'object',
  required: ['message'],
  additionalProperties: false,
  properties: {
    message: { type: 'string' },
    status: { type: 'integer' },
    error: ERROR,
    errorCode: { type: 'string' },
    errors: { type: 'string', description: 'Each field and the rule it breaks.' },
  },
};

export const MIXED: Schema = {
  type: 'object',
  required: ['keys', 'errors'],
  additionalProperties: false,
  properties: {
    keys: { type: 'array', items: { type: 'string', nullable: true } },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message', 'error'],
        additionalProperties: false,
        properties: {
          field: { type: 'string', description: 'Such as messages[1].' },
          message: { type: 'string' },
          error: ERROR,
        },
      },
    },
  },
};
