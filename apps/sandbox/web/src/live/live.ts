import { signal } from '@preact/signals';
import type { Change } from '../api/answers.ts';

/** After the stream was refused, which the browser takes for the end of it. */
const REOPEN_AFTER_MS = 3_000;

export type LiveState = 'connecting' | 'connected' | 'lost';

/** The sandbox's stream of changes. Whatever happened while there was no stream has to be asked for. */
export class Live {
  readonly state = signal<LiveState>('connecting');
  readonly #hear: { readonly onChange: (change: Change) => void; readonly onConnected: () => void };
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(hear: { readonly onChange: (change: Change) => void; readonly onConnected: () => void }) {
    this.#hear = hear;
  }

  start(): void {
    const source = new EventSource('/sandbox/live');
    this.#source = source;
    source.addEventListener('open', () => {
      this.state.value = 'connected';
      this.#hear.onConnected();
    });
    source.addEventListener('change', ({ data }: MessageEvent<string>) => {
      this.#hear.onChange(JSON.parse(data) as Change);
    });
    source.addEventListener('error', () => {
      this.state.value = 'lost';
      if (source.readyState !== EventSource.CLOSED) return;
      this.#timer = setTimeout(() => this.start(), REOPEN_AFTER_MS);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
  }
}
