import type { Violation } from './parse-send-request.ts';

/**
 * What the documented endpoint answers when it refuses, status and body. `undecodable` is known from the endpoint's
 * second version only; no page shows what another method than POST is answered.
 */
export const ENDPOINT_ERRORS = {
  undecodable: {
    status: 400,
    body: {
      message: 'Failed to validate request.',
      error: { message: 'Failed to validate request.', code: '2001' },
    },
  },
  unauthorized: { status: 401, body: { message: 'unauthorized' } },
  ipRestricted: {
    status: 403,
    body: { message: 'ip-restricted', error: { message: 'ip-restricted', code: 1088 } },
  },
  methodNotAllowed: { status: 405, body: { message: 'method not allowed' } },
  throttled: { status: 429, body: { message: 'Too Many Requests', status: 429 } },
  maintenance: {
    status: 503,
    body: {
      error: { code: 2020, message: 'maintenance mode is active' },
      errorCode: '2020',
      message: 'maintenance mode is active',
    },
  },
} as const;

/** Body of a 400 for a request that breaks rules, in the shape of code 2002. */
export interface ValidationErrorBody {
  readonly error: { readonly code: 2002; readonly message: string };
  readonly errorCode: '2002';
  readonly errors: string;
  readonly message: string;
}

/** The documented answer to an invalid request; `errors` names each field and the rule it breaks. */
export function validationErrorBody(violations: readonly Violation[]): ValidationErrorBody {
  const message = 'failed to validate request';
  const details = violations.map(
    ({ field, rule }) =>
      `Error: Key: '${field}' Error:Field validation for '${lastName(field)}' failed: ${rule}`,
  );
  return {
    error: { code: 2002, message },
    errorCode: '2002',
    errors: [`${message}. `, ' ErrorCode: 2002  ', ' Parameters: map[] ', ` ${details.join('; ')}`].join('|'),
    message,
  };
}

function lastName(field: string): string {
  return field.slice(field.lastIndexOf('.') + 1);
}
