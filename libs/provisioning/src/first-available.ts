/** Receives one line, for people, about what is being done and what did not work. */
export type Report = (line: string) => void;

export interface StartContext {
  /** Aborts at the candidate's deadline, and when the caller gives up. */
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** This machine does not have it; nothing went wrong. */
export interface Absent {
  readonly kind: 'absent';
  readonly reason: string;
}

/** No candidate could be had; `why` holds one line for each. */
export interface Unavailable {
  readonly kind: 'none';
  readonly why: readonly string[];
}

export interface Candidate<Service> {
  readonly name: string;
  readonly timeoutMs: number;
  /**
   * Starts the service, or says that it is not to be had here. Throws when it is there but does not work, and leaves
   * nothing running then.
   */
  readonly start: (context: StartContext) => Promise<Service | Absent>;
}

/**
 * Starts the first candidate that this machine can have, in the order given.
 *
 * One that is there but fails is reported in a line and passed over. Throws only `signal`'s reason.
 */
export async function firstAvailable<Service extends { readonly kind: string }>(
  candidates: readonly Candidate<Service>[],
  { report, signal }: StartContext,
): Promise<Service | Unavailable> {
  const why: string[] = [];
  for (const { name, timeoutMs, start } of candidates) {
    signal.throwIfAborted();
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const outcome = await start({ report, signal: deadline });
      if (!isAbsent(outcome)) return outcome;
      why.push(`${name}: ${outcome.reason}`);
    } catch (error) {
      signal.throwIfAborted();
      const reason = deadline.aborted ? `not ready within ${timeoutMs / 1000} s` : firstLine(error);
      why.push(`${name}: ${reason}`);
      report(`${name} does not work here: ${reason}`);
    }
  }
  return { kind: 'none', why };
}

function isAbsent(outcome: { readonly kind: string }): outcome is Absent {
  return outcome.kind === 'absent';
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n', 1)[0] ?? text;
}
