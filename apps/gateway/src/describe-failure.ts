/** Of an error that nobody expected: enough to find its place in the code, and nothing of what was handled there. */
export interface FailureFacts {
  readonly name: string;
  /** Such as `EADDRINUSE`. */
  readonly code?: string;
  /** Only of errors of the operating system: any other may quote a body, a number or a key. */
  readonly message?: string;
  /** Innermost first, at most 20. */
  readonly frames: readonly string[];
  readonly cause?: FailureFacts;
}

const MAX_FRAMES = 20;
const MAX_CAUSES = 3;
const CODE = /^[A-Z][A-Z0-9_]{1,50}$/;

export function describeFailure(error: unknown, causes = MAX_CAUSES): FailureFacts {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const { code, syscall } = error as NodeJS.ErrnoException;
  return {
    name: error.constructor.name,
    ...(typeof code === 'string' && CODE.test(code) && { code }),
    ...(syscall !== undefined && { message: error.message }),
    frames: framesOf(error),
    ...(error.cause !== undefined && causes > 0 && { cause: describeFailure(error.cause, causes - 1) }),
  };
}

/** The stack begins with the message, which may have lines of its own that look like frames. */
function framesOf({ name, message, stack = '' }: Error): string[] {
  const header = message === '' ? name : `${name}: ${message}`;
  if (!stack.startsWith(header)) return [];
  const lines = stack.slice(header.length).split('\n');
  return lines.flatMap((line) => /^ +at (.+)$/.exec(line)?.[1] ?? []).slice(0, MAX_FRAMES);
}
