import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until `condition` holds. A condition that throws does not hold.
 *
 * @throws the signal's reason: without an abort this waits for ever, so give the signal a deadline
 */
export async function waitUntil(
  condition: () => Promise<boolean>,
  { signal, everyMs }: { readonly signal: AbortSignal; readonly everyMs: number },
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await condition().catch(() => false)) return;
    await sleep(everyMs, undefined, { signal });
  }
}
