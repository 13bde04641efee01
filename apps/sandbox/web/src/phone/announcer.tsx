import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Entry } from '../api/answers.ts';
import { announcement } from './announcement.ts';
import { entryId } from './entries.ts';

/** What comes within that time is told of together. */
const COLLECT_MS = 1_500;

/** Tells those who do not see the page of new messages, at their pace. */
export function Announcer({ entries }: { readonly entries: readonly Entry[] }): JSX.Element {
  const text = useSignal('');
  const known = useRef<string | undefined>(undefined);
  const latest = useRef(entries);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  latest.current = entries;
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      text.value = announcement(latest.current, known.current) ?? text.peek();
      const last = latest.current.at(-1);
      known.current = last && entryId(last);
    }, COLLECT_MS);
  }, [entries]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <p class="visually-hidden" aria-live="polite">
      {text.value}
    </p>
  );
}
