import type { JSX } from 'preact';
import type { Attempt, Callback } from '../api/answers.ts';
import { countdown, duration, exactTime } from '../clock/times.ts';
import { usePage } from '../page.ts';
import { RawText } from './raw-text.tsx';

const STATES = {
  waiting: 'waiting for its time',
  retrying: 'refused, is tried again',
  delivered: 'taken by the receiver',
  'given-up': 'given up after the last retry',
} as const;

/** What the webhook is told of a text: each event with all attempts made, and the next one's time. */
export function CallbackTimeline({ callbacks }: { readonly callbacks: readonly Callback[] }): JSX.Element {
  if (callbacks.length === 0) {
    return <p class="quiet">None. Without a webhook there is nobody to tell; see Settings.</p>;
  }
  return (
    <ol class="timeline" aria-label="Callbacks">
      {callbacks.map((callback) => (
        <CallbackItem key={callback.id} callback={callback} />
      ))}
    </ol>
  );
}

function CallbackItem({ callback }: { readonly callback: Callback }): JSX.Element {
  const { event, state, url, attempts, nextTime, body } = callback;
  return (
    <li class={`callback ${state}`}>
      <p class="callback-head">
        <strong>{event}</strong> <span class="callback-state">{STATES[state]}</span>
      </p>
      <p class="callback-url">to {url}</p>
      {attempts.length > 0 && (
        <ul class="attempts" aria-label={`Attempts at ${event}`}>
          {attempts.map((attempt) => (
            <AttemptItem key={attempt.attempt} attempt={attempt} />
          ))}
        </ul>
      )}
      {nextTime !== undefined && <NextAttempt number={attempts.length + 1} time={nextTime} />}
      <details>
        <summary>Body</summary>
        <RawText title="Callback body" text={JSON.stringify(body)} />
      </details>
    </li>
  );
}

function AttemptItem({
  attempt: { attempt, time, durationMs, status, error },
}: {
  readonly attempt: Attempt;
}): JSX.Element {
  const isTaken = status !== undefined && status >= 200 && status < 300;
  return (
    <li>
      <span class="attempt-number">#{attempt}</span> {exactTime(time)}{' '}
      <strong class={isTaken ? 'good' : 'bad'}>{status ?? error ?? 'no answer'}</strong> in{' '}
      {duration(durationMs)}
    </li>
  );
}

function NextAttempt({ number, time }: { readonly number: number; readonly time: string }): JSX.Element {
  const remainingMs = Date.parse(time) - usePage().now.value;
  return (
    <p class="next-attempt">
      Attempt #{number} at {exactTime(time)}
      {remainingMs > 0 ? `, in ${countdown(remainingMs)}` : ', now'}
    </p>
  );
}
