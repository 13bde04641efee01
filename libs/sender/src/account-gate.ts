import { CircuitState, CountBreaker } from 'cockatiel';
import { abortable } from './abortable.ts';
import { boundMs } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { SendError } from './reasons.ts';

/** Whether the provider takes anything from an account. */
export type AccountState =
  | { readonly kind: 'open' }
  /** Refused for who it is, or the provider is down. Nothing is sent but one probe at a time. */
  | { readonly kind: 'paused'; readonly error: SendError; readonly nextProbeInMs: number };

/** The account's own refusal is for people to mend; an outage ends by itself, and is to be noticed soon. */
const REFUSAL_PROBES: Backoff = { firstMs: 1000, maxMs: 60_000 };
const OUTAGE_PROBES: Backoff = { firstMs: 1000, maxMs: 15_000 };

/** An outage: more than half of the last 20 requests failed, and at least 5 are known. */
const BREAKER = { threshold: 0.5, size: 20, minimumNumberOfCalls: 5 };

/**
 * Stops an account's traffic when the provider refuses the account itself (key, address, edge block) or fails most
 * requests (a circuit breaker), and lets one probe through at growing intervals until one gets through: nothing is
 * burnt on a key that is not accepted, nor thrown at a provider that is down.
 */
export class AccountGate {
  readonly #clock: Clock;
  #breaker = new CountBreaker(BREAKER);
  #pause: Pause | undefined;
  #gotThroughMs = -Infinity;
  #whenChanged = Promise.withResolvers<void>();

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
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
    return this.#fail(error, departedMs, REFUSAL_PROBES);
  }

  /** A request that left at `departedMs` failed for no fault of its own. Returns whether this began a pause. */
  failed(error: SendError, departedMs: number): boolean {
    const state = this.#pause ? CircuitState.Open : CircuitState.Closed;
    return this.#breaker.failure(state) && this.#fail(error, departedMs, OUTAGE_PROBES);
  }

  /** A request that left at `departedMs` got through to the provider's own answer. Returns whether this ended a pause. */
  answered(departedMs: number): boolean {
    this.#gotThroughMs = Math.max(this.#gotThroughMs, departedMs);
    if (!this.#pause) {
      this.#breaker.success(CircuitState.Closed);
      return false;
    }
    // What left before the pause tells nothing of what is now.
    if (departedMs < this.#pause.sinceMs) return false;
    this.#pause = undefined;
    this.#breaker = new CountBreaker(BREAKER);
    this.#changed();
    return true;
  }

  /** Whether a request that left after `momentMs` got through. */
  gotThroughSince(momentMs: number): boolean {
    return this.#gotThroughMs > momentMs;
  }

  /** The probe told nothing (not sent): another one follows after the same interval. */
  probeInconclusive(): void {
    if (!this.#pause?.probing) return;
    this.#pause.probing = false;
    this.#pause.probeAtMs = this.#clock.monotonicMs() + boundMs(this.#pause.probes, this.#pause.failures);
    this.#changed();
  }

  /** No message was left to probe with: another one may be the probe at once. */
  probeUnused(): void {
    if (!this.#pause?.probing) return;
    this.#pause.probing = false;
    this.#changed();
  }

  #fail(error: SendError, departedMs: number, probes: Backoff): boolean {
    const nowMs = this.#clock.monotonicMs();
    const pause = this.#pause;
    if (pause && departedMs < pause.sinceMs) return false;
    const failures = (pause?.failures ?? 0) + 1;
    const probeAtMs = nowMs + boundMs(probes, failures);
    this.#pause = { error, sinceMs: pause?.sinceMs ?? nowMs, failures, probes, probeAtMs, probing: false };
    this.#changed();
    return pause === undefined;
  }

  #changed(): void {
    this.#whenChanged.resolve();
    this.#whenChanged = Promise.withResolvers();
  }
}

interface Pause {
  readonly error: SendError;
  readonly sinceMs: number;
  readonly failures: number;
  readonly probes: Backoff;
  probeAtMs: number;
  probing: boolean;
}
