import { countdown } from '../clock/times.ts';

/** The customer service window of 24 hours: texts reach a user who wrote within it. */
export interface WindowState {
  readonly kind: 'open' | 'closed' | 'never';
  readonly text: string;
  /** For a narrow place. */
  readonly short: string;
}

/** @param isEnforced whether the sandbox fails texts outside of it; undefined when that is not known yet */
export function windowState(
  closesTime: string | undefined,
  nowMs: number,
  isEnforced: boolean | undefined,
): WindowState {
  const consequence =
    isEnforced === false
      ? 'not enforced, so texts go through'
      : 'free texts will fail with 131047 until the user writes';
  if (closesTime === undefined) {
    return { kind: 'never', short: 'never wrote', text: `The user never wrote: ${consequence}` };
  }
  const remainingMs = Date.parse(closesTime) - nowMs;
  if (remainingMs <= 0)
    return { kind: 'closed', short: 'window closed', text: `Window closed: ${consequence}` };
  return {
    kind: 'open',
    short: `open ${countdown(remainingMs).slice(0, 5)}`,
    text: `Window open, closes in ${countdown(remainingMs)}`,
  };
}
