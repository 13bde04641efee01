import type { JSX } from 'preact';
import { usePage } from '../page.ts';
import type { LiveState } from './live.ts';
import './live-state.css';

const TEXTS: Readonly<Record<LiveState, string>> = {
  connecting: 'Connecting',
  connected: 'Live',
  lost: 'Not connected, trying again',
};

export function LiveStateLine(): JSX.Element {
  const state = usePage().live.state.value;
  return (
    <p class={`live-state ${state}`} role="status">
      {TEXTS[state]}
    </p>
  );
}
