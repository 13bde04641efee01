import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 5;

/**
 * Resolves once the condition holds: for what happens elsewhere, in its own time.
 *
 * @throws Error after `timeoutMs`, naming what was waited for
 */
export async function until(
  what: string,
  condition: () => boolean,
  { timeoutMs = 15_000 }: { readonly timeoutMs?: number } = {},
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what}`);
    await sleep(POLL_MS);
  }
}
