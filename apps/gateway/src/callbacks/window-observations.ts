import type { StatusCallback, InboundCallback } from '@parley/insider';
import type { WindowObservation, WindowStore } from '@parley/sender';

/** Meta: more than 24 hours since the user last wrote. */
const WINDOW_CLOSED_CODE = '131047';

/** Numbers whose news wait for a store that is away; beyond it the oldest are given up. */
const MAX_WAITING = 10_000;

/**
 * Tells the windows what callbacks say about them. What a store that is away did not take is told with what comes next, so
 * that a user who wrote meanwhile is not found silent.
 */
export class WindowObservations {
  readonly #windows: WindowStore;
  readonly #waiting = new Map<
    string,
    { readonly account: string; readonly observation: WindowObservation }
  >();

  constructor(windows: WindowStore) {
    this.#windows = windows;
  }

  /** Rejects when the store did not take it now. */
  async observe(account: string, observations: readonly WindowObservation[]): Promise<void> {
    for (const observation of observations) this.#wait(account, observation);
    if (observations.length === 0 || this.#waiting.size === 0) return;
    const told = [...this.#waiting];
    for (const [ofAccount, entries] of Map.groupBy(told, ([, waiting]) => waiting.account)) {
      await this.#windows.observe(
        ofAccount,
        entries.map(([, waiting]) => waiting.observation),
      );
      for (const [name, waiting] of entries) {
        if (this.#waiting.get(name) === waiting) this.#waiting.delete(name);
      }
    }
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

/** What a callback says about its recipient's window, if anything. */
export function windowObservationOf(
  event: StatusCallback | InboundCallback,
  { phoneNumber, receivedMs }: { readonly phoneNumber: string | undefined; readonly receivedMs: number },
): WindowObservation | undefined {
  if (phoneNumber === undefined) return undefined;
  const timeMs = event.time?.getTime() ?? receivedMs;
  if (event.kind === 'inbound') return { phoneNumber, inboundMs: timeMs };
  return event.error?.code === WINDOW_CLOSED_CODE ? { phoneNumber, closedMs: timeMs } : undefined;
}

function later(
  name: 'inboundMs' | 'closedMs',
  one: number | undefined,
  other: number | undefined,
): Partial<Pick<WindowObservation, 'inboundMs' | 'closedMs'>> {
  const moments = [one, other].filter((moment) => moment !== undefined);
  return moments.length > 0 ? { [name]: Math.max(...moments) } : {};
}
