import type { Schema } from './describe-route.ts';

/** How the framework words what none of the doors answers by itself. */
export const FRAMEWORK_ERROR: Schema = {
  type: 'object',
  required: ['statusCode', 'message'],
  additionalProperties: false,
  properties: {
    statusCode: { type: 'integer' },
    message: { type: 'string' },
    error: { type: 'string' },
  },
};
