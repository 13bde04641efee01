import type { Clock } from '../clock.ts';
import { InProcessWindowStore } from '../in-process-window-store.ts';
import type { WindowPolicy } from '../service-window.ts';
import type { WindowObservation, WindowSeen, WindowStore } from '../window-store.ts';

export const DAY_MS = 86_400_000;

export interface PlannedWindows {
  readonly policy: WindowPolicy;
  readonly news: readonly PlannedNews[];
  /** How long an answer takes. */
  readonly findMs: number;
  /** From when on the store fails. */
  readonly awayAfterMs: number;
}

/** What is told of a window, and when: that the recipient wrote so long before, or that the provider closed it. */
export interface PlannedNews {
  readonly afterMs: number;
  readonly recipient: string;
  readonly kind: 'inbound' | 'closed';
  readonly agoMs: number;
}

/** Tells a sender of windows as planned, and remembers what the contract makes of each answer. */
export class WatchedWindows implements WindowStore {
  readonly #clock: Clock;
  readonly #plan: PlannedWindows;
  readonly #store = new InProcessWindowStore({ maxRemembered: 1000 });
  readonly #asked = new Map<string, 'open' | 'closed'>();
  readonly #everClosed = new Set<string>();

  constructor(options: { clock: Clock; plan: PlannedWindows }) {
    this.#clock = options.clock;
    this.#plan = options.plan;
    for (const each of this.#plan.news) void this.#clock.sleep(each.afterMs).then(() => this.#tell(each));
  }

  /** Whether a request may carry a message to the recipient: it was asked for since the last one, and open. */
  mayBeCarried(recipient: string): boolean {
    if (this.#plan.policy === 'off') return true;
    const answer = this.#asked.get(recipient);
    this.#asked.delete(recipient);
    return answer === 'open';
  }

  wasEverClosed(recipient: string): boolean {
    return this.#everClosed.has(recipient);
  }

  observe(account: string, observations: readonly WindowObservation[]): Promise<void> {
    return this.#store.observe(account, observations);
  }

  async find(account: string, recipients: readonly string[]): Promise<readonly (WindowSeen | undefined)[]> {
    const { policy, findMs, awayAfterMs } = this.#plan;
    const isAway = this.#clock.monotonicMs() >= awayAfterMs;
    if (findMs > 0) await this.#clock.sleep(findMs);
    const seen = await this.#store.find(account, recipients);
    for (const [index, recipient] of recipients.entries()) {
      const isClosed = !isAway && isRefused(policy, seen[index], this.#clock.now());
      this.#asked.set(recipient, isClosed ? 'closed' : 'open');
      if (isClosed) this.#everClosed.add(recipient);
    }
    if (isAway) throw new Error('the store is away');
    return seen;
  }

  #tell({ recipient: phoneNumber, kind, agoMs }: PlannedNews): void {
    const atMs = this.#clock.now() - agoMs;
    void this.observe('default', [
      kind === 'inbound' ? { phoneNumber, inboundMs: atMs } : { phoneNumber, closedMs: atMs },
    ]);
  }
}

/** In other words than the sender's, so that both are not wrong alike. */
function isRefused(policy: WindowPolicy, seen: WindowSeen | undefined, nowMs: number): boolean {
  const { inboundMs = -Infinity, closedMs = -Infinity } = seen ?? {};
  const opensMs = inboundMs >= closedMs ? inboundMs : Infinity;
  const isOpen = opensMs <= nowMs && nowMs < opensMs + DAY_MS;
  const isUnknown = inboundMs === -Infinity;
  return !isOpen && (policy === 'strict' || !isUnknown);
}
