import type { JSX } from 'preact';
import { usePage } from '../page.ts';
import { windowState } from './window-state.ts';

/** The countdown of the 24 h window. */
export function WindowLine(): JSX.Element {
  const { now, open, settings } = usePage();
  const state = windowState(open.summary.value?.windowClosesTime, now.value, settings.enforcesWindow);
  return <p class={`window-line ${state.kind}`}>{state.text}</p>;
}
