const CODE = /^[A-Z][A-Z0-9_]*$/;
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/**
 * What may be told of somebody else's error: its code, else its name. Its message and its properties may hold what it
 * failed on, which is nobody's business.
 */
export function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string' && CODE.test(error.code)) return error.code;
  return NAME.test(error.name) ? error.name : 'UNKNOWN';
}
