import type { StatusCallback, InboundCallback } from '@parley/insider';
import type { Clock, WindowObservation, WindowStore } from '@parley/sender';

/** Meta: more than 24 hours since the user last wrote. */
const WINDOW_CLOSED_CODE = '131047';

/** Numbers whose observations wait for a store that is away; beyond it the oldest are given up. */
const MAX_WAITING = 10_000;
/** Waiting observations of one call to the store. */
const MAX_REPEATED = 1_000;
const REPEAT_AFTER_MS = 1_000;

export interface WindowObservationsOptions {
  readonly windows: WindowStore;
  readonly clock: Clock;
  /** Ends the repetitions. What waits by then is lost. */
  readonly closing: AbortSignal;
  /** The store did not take observations of this account; they wait. */
  readonly onFailure: (account: string, error: unknown) => void;
}

interface Waiting {
  readonly account: string;
  readonly observation: WindowObservation;
}

/**
 * Tells the windows what callbacks say about them. What a store that is away does not take waits and is told again, so that
 * a user who wrote meanwhile is not found silent.
 */
export class WindowObservations {
  readonly #options: WindowObservationsOptions;
  /** By account and number; one observation each, with the latest moments. */
  readonly #waiting = new Map<string, Waiting>();
  #isRepeating = false;

  constructor(options: WindowObservationsOptions) {
    this.#options = options;
  }

  /** Resolves when the store has taken them or they wait. Never rejects. */
  async observe(account: string, observations: readonly WindowObservation[]): Promise<void> {
    if (observations.length === 0) return;
    // A store that is away is asked by one repetition at a time, however many callbacks come.
    const taken = !this.#isRepeating && (await this.#tell(account, observations));
    if (taken) return;
    for (const observation of observations) this.#wait(account, observation);
    void this.#repeat();
  }

  async #tell(account: string, observations: readonly WindowObservation[]): Promise<boolean> {
    try {
      await this.#options.windows.observe(account, observations);
      return true;
    } catch (error) {
      this.#options.onFailure(account, error);
      return false;
    }
  }

  async #repeat(): Promise<void> {
    if (this.#isRepeating) return;
    this.#isRepeating = true;
    const { clock, closing } = this.#options;
    while (this.#waiting.size > 0) {
      const isOver = await clock.sleep(REPEAT_AFTER_MS, closing).then(
        () => false,
        () => true,
      );
      if (isOver) return;
      // An account whose observations are refused keeps nobody else's back.
      const accounts = new Set(Array.from(this.#waiting.values(), ({ account }) => account));
      for (const account of accounts) while (await this.#repeatOldest(account));
    }
    this.#isRepeating = false;
  }

  /** @returns whether there may be more to tell of this account now */
  async #repeatOldest(account: string): Promise<boolean> {
    const oldest = [...this.#waiting].filter(([, each]) => each.account === account).slice(0, MAX_REPEATED);
    if (oldest.length === 0) return false;
    const observations = oldest.map(([, { observation }]) => observation);
    if (!(await this.#tell(account, observations))) return false;
    for (const [name, told] of oldest) {
      // What came meanwhile says more, and waits on.
      if (this.#waiting.get(name) === told) this.#waiting.delete(name);
    }
    return true;
  }

  #wait(account: string, observation: WindowObservation): void {
    const name = JSON.stringify([account, observation.phoneNumber]);
    const { inboundMs, closedMs } = this.#waiting.get(name)?.observation ?? {};
    const latest = {
      phoneNumber: observation.phoneNumber,
      ...later('inboundMs', inboundMs, observation.inboundMs),
      ...later('closedMs', closedMs, observation.closedMs),
    };
    this.#waiting.set(name, { account, observation: latest });
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= MAX_WAITING) return;
      this.#waiting.delete(oldest);
    }
  }
}

/**
 * What a callback says about its recipient's window, if anything.
 *
 * Of an error without a moment of its own, as the provider documents it, the window was closed when the message was sent: the
 * user may have written since, and a late callback must not close what that opened. Of a message nobody knows it says nothing.
 */
export function windowObservationOf(
  event: StatusCallback | InboundCallback,
  { phoneNumber, receivedMs, settledMs }: WindowFacts,
): WindowObservation | undefined {
  if (phoneNumber === undefined) return undefined;
  // A moment that is still to come would keep the window open, or closed, until then.
  const at = (ms: number): number => Math.min(ms, receivedMs);
  const toldMs = event.time?.getTime();
  if (event.kind === 'inbound')
    return { phoneNumber, inboundMs: at(toldMs === undefined ? receivedMs : lastOfSecond(toldMs)) };
  const closedMs = toldMs ?? settledMs;
  if (event.error?.code !== WINDOW_CLOSED_CODE || closedMs === undefined) return undefined;
  return { phoneNumber, closedMs: at(closedMs) };
}

// WhatsApp tells seconds: a user who wrote in the second in which the window was found closed wrote after it as far as
// anybody can know, and a text that may be sent is not refused.
function lastOfSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000 + 999;
}

interface WindowFacts {
  readonly phoneNumber: string | undefined;
  readonly receivedMs: number;
  /** When the message was sent that the callback is about; undefined when it is about none, or nobody knows. */
  readonly settledMs: number | undefined;
}

function later(
  name: 'inboundMs' | 'closedMs',
  one: number | undefined,
  other: number | undefined,
): Partial<Pick<WindowObservation, 'inboundMs' | 'closedMs'>> {
  const moments = [one, other].filter((moment) => moment !== undefined);
  return moments.length > 0 ? { [name]: Math.max(...moments) } : {};
}
