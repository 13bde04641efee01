import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { usePage } from '../page.ts';

const E164 = /^\+[1-9]\d{6,14}$/;

/** Opens the phone of a number that nobody has written to yet, so that its user can write first. */
export function NewConversation({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const page = usePage();
  const field = useRef<HTMLInputElement>(null);
  const isWrong = useSignal(false);
  useEffect(() => field.current?.focus(), []);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const phoneNumber = (field.current?.value ?? '').replaceAll(/[\s().-]/g, '');
    isWrong.value = !E164.test(phoneNumber);
    if (isWrong.value) return;
    onDone();
    page.go(phoneNumber);
  };
  return (
    <form class="new-conversation" noValidate onSubmit={submit}>
      <label for="new-number">Phone number of the user</label>
      <div class="field-row">
        <input
          ref={field}
          id="new-number"
          class="input"
          type="tel"
          autoComplete="off"
          placeholder="+14155550100"
          maxLength={30}
          aria-invalid={isWrong.value}
          aria-describedby="new-number-problem"
        />
        <button type="submit" class="button">
          Open
        </button>
      </div>
      <p id="new-number-problem" class="field-problem" role="status">
        {isWrong.value && 'Write it with + and the country code, 7 to 15 digits: +14155550100'}
      </p>
    </form>
  );
}
