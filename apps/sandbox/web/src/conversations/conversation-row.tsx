import type { JSX } from 'preact';
import { useComputed } from '@preact/signals';
import type { Conversation } from '../api/answers.ts';
import { briefTime } from '../clock/times.ts';
import { usePage } from '../page.ts';
import { Ticks } from '../phone/ticks.tsx';
import { windowState } from '../phone/window-state.ts';

const MINUTE_MS = 60_000;

/** Number, last text, last tick, and whether the user can be written to. */
export function ConversationRow({ conversation }: { readonly conversation: Conversation }): JSX.Element {
  const { now, settings } = usePage();
  const { phoneNumber, lastText, lastTime, lastDirection, lastStatus, messages, windowClosesTime } =
    conversation;
  // By the minute, so that the row is not drawn every second.
  const minute = useComputed(() => Math.ceil(now.value / MINUTE_MS) * MINUTE_MS).value;
  const window = windowState(windowClosesTime, minute, settings.enforcesWindow);
  return (
    <div class="conversation">
      <span class="conversation-number">{phoneNumber}</span>
      <time class="conversation-time" dateTime={lastTime}>
        {briefTime(lastTime, minute)}
      </time>
      <span class="conversation-text">
        {lastDirection === 'outbound' ? (
          <Ticks status={lastStatus} />
        ) : (
          <span class="conversation-user">User: </span>
        )}
        <bdi class="conversation-last" dir="auto">
          {lastText}
        </bdi>
      </span>
      <span class={`conversation-window ${window.kind}`}>{window.short}</span>
      <span class="visually-hidden">
        {messages} {messages === 1 ? 'message' : 'messages'}
      </span>
    </div>
  );
}
