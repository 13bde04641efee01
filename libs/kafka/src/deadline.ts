import { BusError } from './bus-error.ts';

export interface Deadline {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Names the work in the error. */
  readonly what: string;
}

/**
 * The result of `work`, or a `BusError` `TIMEOUT` or `ABORTED` when that comes first. The work itself goes on; its late
 * failure is not unhandled.
 */
export async function within<T>(work: Promise<T>, { timeoutMs, signal, what }: Deadline): Promise<T> {
  const expired = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => expired.reject(new BusError('TIMEOUT', `${what} took more than ${timeoutMs} ms`)),
    timeoutMs,
  );
  const abort = (): void => expired.reject(new BusError('ABORTED', `${what} was given up by its caller`));
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    return await Promise.race([work, expired.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
