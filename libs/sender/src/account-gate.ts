import { abortable } from './abortable.ts';
import { boundMs } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { SendError } from './reasons.ts';

/** Whether the provider takes anything from an account. */
export type AccountState =
  | { readonly kind: 'open' }
  /** Refused for who it is. Nothing is sent but one probe at a time. */
  | { readonly kind: 'paused'; readonly error: SendError; readonly nextProbeInMs: number };

/**
 * Stops an account's traffic when the provider refuses the account itself (key, address, edge block), and lets one
 * probe through at growing intervals until one is not refused: nothing is burnt on a key that is not accepted.
 */
export class AccountGate {
  readonly #clock: Clock;
  readonly #probes: Backoff;
  #pause: Pause | undefined;
  #whenChanged = Promise.withResolvers<void>();

  constructor(options: { clock: Clock; probes: Backoff }) {
    this.#clock = options.clock;
    this.#probes = options.probes;
  }

  get state(): AccountState {
    if (!this.#pause) return { kind: 'open' };
    const nextProbeInMs = this.#pause.probing ? 0 : this.#pause.probeAtMs - this.#clock.monotonicMs();
    return { kind: 'paused', error: this.#pause.error, nextProbeInMs: Math.max(0, nextProbeInMs) };
  }

  /** Why a new submission cannot go on now; undefined when it can, be it as the probe. */
  get refusal(): SendError | undefined {
    const pause = this.#pause;
    if (!pause) return undefined;
    return pause.probing || this.#clock.monotonicMs() < pause.probeAtMs ? pause.error : undefined;
  }

  /** Resolves when a request may be made: any, or a single probe, after which one of the methods below is called. */
  async pass(signal: AbortSignal): Promise<'open' | 'probe'> {
    for (;;) {
      signal.throwIfAborted();
      const pause = this.#pause;
      if (!pause) return 'open';
      const waitMs = pause.probeAtMs - this.#clock.monotonicMs();
      if (!pause.probing && waitMs <= 0) {
        pause.probing = true;
        return 'probe';
      }
      await (pause.probing
        ? abortable(this.#whenChanged.promise, signal)
        : this.#clock.sleep(waitMs, signal));
    }
  }

  /** A request that left at `departedMs` was refused for the account. Returns whether this began a pause. */
  refused(error: SendError, departedMs: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const pause = this.#pause;
    if (!pause) {
      const probeAtMs = nowMs + boundMs(this.#probes, 1);
      this.#pause = { error, sinceMs: nowMs, refusals: 1, probeAtMs, probing: false };
      this.#changed();
      return true;
    }
    // What left before the pause and is refused too tells nothing new.
    if (departedMs < pause.sinceMs) return false;
    const refusals = pause.refusals + 1;
    const probeAtMs = nowMs + boundMs(this.#probes, refusals);
    this.#pause = { error, sinceMs: pause.sinceMs, refusals, probeAtMs, probing: false };
    this.#changed();
    return false;
  }

  /** A request that left at `departedMs` was not refused for the account. Returns whether this ended a pause. */
  accepted(departedMs: number): boolean {
    if (!this.#pause || departedMs < this.#pause.sinceMs) return false;
    this.#pause = undefined;
    this.#changed();
    return true;
  }

  /** The probe told nothing (not sent, or no usable answer): another one follows after the same interval. */
  probeInconclusive(): void {
    if (!this.#pause?.probing) return;
    this.#pause.probing = false;
    this.#pause.probeAtMs = this.#clock.monotonicMs() + boundMs(this.#probes, this.#pause.refusals);
    this.#changed();
  }

  #changed(): void {
    this.#whenChanged.resolve();
    this.#whenChanged = Promise.withResolvers();
  }
}

interface Pause {
  readonly error: SendError;
  readonly sinceMs: number;
  readonly refusals: number;
  probeAtMs: number;
  probing: boolean;
}
