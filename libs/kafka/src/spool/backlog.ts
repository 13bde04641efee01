import type { BusErrorCode } from '../bus-error.ts';
import type { SpoolEvent } from './spool-event.ts';

/** How many records wait in the spool, as far as this process has heard. */
export class Backlog {
  readonly #onEvent: (event: SpoolEvent) => void;
  #waiting = 0;

  constructor(onEvent: (event: SpoolEvent) => void) {
    this.#onEvent = onEvent;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** @param code why the bus did not take them; absent for what only lines up behind others */
  kept(count: number, code?: BusErrorCode): void {
    if (this.#waiting === 0) this.#onEvent({ type: 'spooling-began', ...(code && { code }) });
    this.#waiting += count;
    this.#onEvent({ type: 'records-spooled', count });
  }

  heard(waiting: number): void {
    if (this.#waiting === 0 && waiting > 0) this.#onEvent({ type: 'spooling-began' });
    if (this.#waiting > 0 && waiting === 0) this.#onEvent({ type: 'spooling-ended' });
    this.#waiting = waiting;
  }
}
