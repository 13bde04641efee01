import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { SendIcon } from '../icons/icons.tsx';
import { usePage } from '../page.ts';

const MAX_CHARACTERS = 4_096;
/** The count is shown when so many are left. */
const SHOW_LEFT = 200;

/** Where the user of the phone writes. What could not be sent stays. */
export function WriteBack({ phoneNumber }: { readonly phoneNumber: string }): JSX.Element {
  const { client, problems, open } = usePage();
  const text = useSignal('');
  const isSending = useSignal(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const left = MAX_CHARACTERS - text.value.length;

  const send = async (): Promise<void> => {
    const written = text.peek();
    if (written.trim() === '' || isSending.peek()) return;
    isSending.value = true;
    const sent = problems.valueOf('The text was not sent', await client.write(phoneNumber, written));
    isSending.value = false;
    if (sent === undefined) return;
    text.value = '';
    open.refresh();
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // While an input method composes, Enter chooses what it offers.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      class="write-back"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        aria-label={`Write as the user of ${phoneNumber}`}
        placeholder="Write as the user"
        maxLength={MAX_CHARACTERS}
        value={text.value}
        onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {left <= SHOW_LEFT && (
        <span class="characters-left" role="status">
          {left} left
        </span>
      )}
      <button
        type="submit"
        class="send"
        aria-label="Send as the user"
        aria-disabled={text.value.trim() === '' || isSending.value}
      >
        <SendIcon />
      </button>
    </form>
  );
}
