import type { Callback, CallbackAttempt } from './callback.ts';

export const MINUTE_MS = 60_000;

/** When a callback that got no 2xx is posted again, counted from its first attempt, as Insider's page documents it. */
const RETRY_OFFSETS_MS: readonly number[] = [1, 2, 3, 8, 13, 18, 28, 38, 48, 60].map(
  (minutes) => minutes * MINUTE_MS,
);

export type CallbackState = 'waiting' | 'retrying' | 'delivered' | 'given-up';

export function stateOf(callback: Callback): CallbackState {
  const last = callback.attempts.at(-1);
  if (last === undefined) return 'waiting';
  if (isDelivery(last)) return 'delivered';
  return retriesPast(callback) < RETRY_OFFSETS_MS.length ? 'retrying' : 'given-up';
}

export function isOver(callback: Callback): boolean {
  const state = stateOf(callback);
  return state === 'delivered' || state === 'given-up';
}

/** When it is posted next, the documented minutes passing `timeScale` times as fast; undefined once it is over. */
export function nextMs(callback: Callback, timeScale: number): number | undefined {
  const [first] = callback.attempts;
  if (first === undefined) return callback.dueMs;
  const offsetMs = RETRY_OFFSETS_MS[retriesPast(callback)];
  return isOver(callback) || offsetMs === undefined ? undefined : first.timeMs + offsetMs / timeScale;
}

/**
 * Of the retries whose time has passed while they could not be made, all but one count as missed: that one is made at
 * once, and the schedule goes on from there.
 */
export function skipMissedRetries(callback: Callback, nowMs: number, timeScale: number): void {
  const [first] = callback.attempts;
  if (first === undefined) return;
  const dueRetries = RETRY_OFFSETS_MS.filter(
    (offsetMs) => first.timeMs + offsetMs / timeScale <= nowMs,
  ).length;
  callback.missedRetries += Math.max(0, dueRetries - retriesPast(callback) - 1);
}

function retriesPast({ attempts, missedRetries }: Callback): number {
  return attempts.length - 1 + missedRetries;
}

/** Insider's page: a code "between 200 and 300". */
function isDelivery({ status = 0 }: CallbackAttempt): boolean {
  return status >= 200 && status < 300;
}
