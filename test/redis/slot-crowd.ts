import { randomUUID } from 'node:crypto';
import { systemClock } from '@parley/sender';
import { RedisLink, RedisSlotClock } from '@parley/redis';
import type { SlotClockEvent } from '@parley/redis';
import { worstSecond } from '@parley/testing';
import { useSlots } from './slot-user.ts';
import type { SlotUse } from './slot-user.ts';

/** The least that is kept in production. */
const MARGIN_MS = 12;

/** Replicas that share one account of their own, each with its own connection, all using what slots they get. */
export class SlotCrowd {
  readonly uses: SlotUse[] = [];
  readonly events: SlotClockEvent[] = [];
  readonly links: RedisLink[] = [];
  readonly clocks: RedisSlotClock[] = [];
  readonly account = `account-${randomUUID()}`;
  #limitPerSecond = 0;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>[] = [];

  /** @param urls how each replica reaches Redis */
  constructor(urls: readonly string[], openLink = (url: string): RedisLink => new RedisLink({ url })) {
    for (const [index, url] of urls.entries()) {
      const link = openLink(url);
      this.links.push(link);
      this.clocks.push(
        new RedisSlotClock({
          link,
          clock: systemClock,
          account: this.account,
          replicaId: `replica-${index}`,
          onEvent: (event) => this.events.push(event),
        }),
      );
    }
  }

  /** Requests per second that they share. */
  get limitPerSecond(): number {
    return this.#limitPerSecond;
  }

  /** The first replicas use slots from now on: all of them when it is not said how many. For `confirms` see useSlots. */
  use(limitPerSecond: number, { replicas = this.clocks.length, confirms = true } = {}): void {
    this.#limitPerSecond = limitPerSecond;
    const { uses } = this;
    const { signal } = this.#stopping;
    for (const [by, clock] of this.clocks.slice(0, replicas).entries()) {
      this.#running.push(
        useSlots(clock, { pace: { limitPerSecond, marginMs: MARGIN_MS }, uses, by, signal, confirms }),
      );
    }
  }

  /** Uses of the time from `fromMs`, for `durationMs`, on the monotonic clock. */
  usesIn(fromMs: number, durationMs: number): SlotUse[] {
    return this.uses.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + durationMs);
  }

  /** The most uses that a second holds, wherever it begins. */
  get worstSecond(): number {
    return worstSecond(this.uses.map(({ atMs }) => atMs));
  }

  count(kind: SlotClockEvent['kind']): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
    await Promise.all(this.clocks.map((clock) => clock.close()));
    for (const link of this.links) link.close();
  }
}

/** A crowd of three replicas for each limit, using slots until the test has ended. */
export async function withCrowds(
  limits: readonly number[],
  { url, openLink }: { readonly url: string; readonly openLink?: () => RedisLink },
  test: (crowds: readonly SlotCrowd[]) => Promise<void>,
): Promise<void> {
  const crowds = limits.map((limitPerSecond) => {
    const users = new SlotCrowd([url, url, url], openLink);
    users.use(limitPerSecond);
    return users;
  });
  try {
    await test(crowds);
  } finally {
    await Promise.all(crowds.map((users) => users.close()));
  }
}
