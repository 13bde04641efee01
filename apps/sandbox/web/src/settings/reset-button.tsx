import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { usePage } from '../page.ts';

/** Asks first: what is dropped cannot be had back. */
export function ResetButton(): JSX.Element {
  const page = usePage();
  const isAsking = useSignal(false);
  if (!isAsking.value) {
    return (
      <button type="button" class="button danger" onClick={() => (isAsking.value = true)}>
        Reset the sandbox…
      </button>
    );
  }
  return (
    <div class="reset" role="group" aria-label="Reset the sandbox">
      <p>Drop all messages, callbacks, faults and changed settings? This cannot be undone.</p>
      <div class="field-row">
        <button
          type="button"
          class="button danger"
          onClick={() => {
            isAsking.value = false;
            void page.reset();
          }}
        >
          Reset everything
        </button>
        <button
          type="button"
          class="button"
          ref={(button) => button?.focus()}
          onClick={() => (isAsking.value = false)}
        >
          Keep it
        </button>
      </div>
    </div>
  );
}
