import type { ServerUnaryCall } from '@grpc/grpc-js';

/** A call that sets no deadline gets this one (contract). */
const DEFAULT_DEADLINE_MS = 30_000;

/** Kept back from the caller's deadline, so that the answer is there before the caller stops listening. */
const ANSWER_MS = 100;

export interface CallLimits {
  readonly signal: AbortSignal;
  /** Until the signal fires for the deadline's sake. */
  readonly waitMs: number;
}

/**
 * The signal fires when nobody waits for the call's answer any more: cancelled, or about to reach its deadline. Nest runs a
 * handler on after either, so what has not been sent by then must be told not to be.
 */
export function callLimits(call: ServerUnaryCall<unknown, unknown>): CallLimits {
  const deadline = call.getDeadline();
  const remainingMs = Number(deadline) - Date.now();
  const timeoutMs = Number.isFinite(remainingMs)
    ? Math.max(0, Math.floor(remainingMs - Math.min(ANSWER_MS, remainingMs / 10)))
    : DEFAULT_DEADLINE_MS;
  const cancelled = new AbortController();
  if (call.cancelled) cancelled.abort();
  else call.once('cancelled', () => cancelled.abort());
  const waitMs = Math.min(timeoutMs, 2 ** 31 - 1);
  return { signal: AbortSignal.any([cancelled.signal, AbortSignal.timeout(waitMs)]), waitMs };
}
