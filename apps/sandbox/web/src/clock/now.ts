import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';

/** The time in milliseconds, once a second, as long as anything on the page shows it. */
export function tickingNow(): ReadonlySignal<number> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const now = signal(Date.now(), {
    watched() {
      now.value = Date.now();
      timer = setInterval(() => (now.value = Date.now()), 1_000);
    },
    unwatched: () => clearInterval(timer),
  });
  return now;
}
