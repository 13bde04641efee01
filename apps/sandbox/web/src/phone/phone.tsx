import type { JSX } from 'preact';
import { BackIcon } from '../icons/icons.tsx';
import { usePage } from '../page.ts';
import { MessageList } from './message-list.tsx';
import './phone.css';
import { WindowLine } from './window-line.tsx';
import { WriteBack } from './write-back.tsx';

/** The pane in the middle. */
export function Phone(): JSX.Element {
  const page = usePage();
  const phoneNumber = page.open.phoneNumber.value;
  return (
    <section class="pane phone" aria-labelledby="phone-title">
      {phoneNumber === undefined ? (
        <div class="phone-empty">
          <h2 id="phone-title">No conversation is open</h2>
          <p>Choose one from the list, or start a new one: its user writes first.</p>
        </div>
      ) : (
        <>
          <div class="pane-head">
            <button
              type="button"
              class="icon-button back"
              aria-label="Back to the conversations"
              onClick={() => page.go(undefined)}
            >
              <BackIcon />
            </button>
            <div class="phone-who">
              <h2 id="phone-title">
                <span class="visually-hidden">Phone of </span>
                {phoneNumber}
              </h2>
              <WindowLine />
            </div>
          </div>
          <Conversation key={phoneNumber} />
          <WriteBack key={`write-${phoneNumber}`} phoneNumber={phoneNumber} />
        </>
      )}
    </section>
  );
}

function Conversation(): JSX.Element {
  const state = usePage().open.state.value;
  if (state === 'loaded') return <MessageList />;
  const texts = {
    loading: 'Loading…',
    unknown: 'Nobody has written to or from this number yet. Write as its user below, or send it a text.',
    failed: 'The messages could not be loaded. They are asked for again as soon as the sandbox answers.',
  };
  return (
    <div class="messages-frame">
      <p class="note">{texts[state]}</p>
    </div>
  );
}
