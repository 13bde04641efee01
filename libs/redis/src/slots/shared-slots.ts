import { MAX_AHEAD_MS } from '@parley/sender';
import type { Clock, Slot, SlotPace } from '@parley/sender';
import { accountKey } from '../account-key.ts';
import type { RedisLink } from '../redis-link.ts';
import type { RedisScript } from '../redis-script.ts';
import { REPLICA_GONE_MS } from '../replica-gone.ts';
import { ANNOUNCE } from './announce-script.ts';
import { CLEAR } from './clear-script.ts';
import { HOLD_BACK } from './hold-back-script.ts';
import { PUSH } from './push-script.ts';
import { RedisTime } from './redis-time.ts';
import { REJOIN } from './rejoin-script.ts';
import { RESERVE } from './reserve-script.ts';

/** No sliding second that begins when this is over holds a slot that was handed out before. */
export const CLEAR_MS = 1_000;

/** A slot was due by an estimate that turns out too late by more: its request left as late as if by a late timer. */
const WORTH_A_PUSH_MS = 2;

export interface SharedSlotsOptions {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly account: string;
  /** Different for each process. */
  readonly replicaId: string;
  readonly onClockStepped: (byMs: number) => void;
}

/** One account's clock as Redis keeps it: its scripts, and what their answers mean here. */
export class SharedSlots {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #replicaId: string;
  readonly #onClockStepped: (byMs: number) => void;
  readonly #permits: string;
  readonly #replicas: string;
  readonly #quiet: string;
  readonly #time = new RedisTime();
  /** The count of holds under which a slot was handed out. */
  readonly #holds = new WeakMap<Slot, string>();
  #notBeforeMs = -Infinity;
  #steppedAtMs = -Infinity;
  /** The distance between the clocks by which the last slot is due. */
  #usedDistanceMs = -Infinity;

  constructor({ link, clock, account, replicaId, onClockStepped }: SharedSlotsOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#replicaId = replicaId;
    this.#onClockStepped = onClockStepped;
    this.#permits = accountKey(account, 'permits');
    this.#replicas = accountKey(account, 'replicas');
    this.#quiet = accountKey(account, 'quiet');
  }

  /** Undefined: nothing was reserved, and it is time to ask again. */
  async reserve({ limitPerSecond, marginMs }: SlotPace, signal: AbortSignal): Promise<Slot | undefined> {
    const sentMs = this.#clock.monotonicMs();
    const leastMs = Math.max(0, this.#notBeforeMs - sentMs);
    const args = [limitPerSecond, marginMs, MAX_AHEAD_MS, leastMs];
    const [now, due, wait, holds, held] = (await this.#ask(RESERVE, args, signal)) as string[];
    // Handed out by a clock that was set meanwhile: void. The next one comes a clear second later.
    if (!this.#observe(sentMs, Number(now)) || sentMs <= this.#steppedAtMs) return undefined;
    // So that a flush does not let this process forget what the provider asked for.
    if (Number(held) > 0) this.notBefore(sentMs + Number(held));
    if (!due) {
      await this.#clock.sleep(Number(wait), signal);
      return undefined;
    }
    this.#usedDistanceMs = this.#time.distanceMs;
    const slot = { dueMs: Math.max(sentMs, this.#time.toMonotonic(Number(due))), reservedMs: sentMs };
    this.#holds.set(slot, String(holds));
    return slot;
  }

  /** Whether nobody held back since the slot was handed out. */
  async confirm(slot: Slot, signal: AbortSignal): Promise<boolean> {
    const holds = await this.#link.run((redis) => redis.hget(this.#permits, 'holds'), signal);
    return (holds ?? '0') === this.#holds.get(slot);
  }

  /** Tells the others, if Redis is there to do so. */
  push(lateMs: number): void {
    void this.#ask(PUSH, [lateMs]).catch(() => undefined);
  }

  /** Tells the others, if Redis is there to do so. This process obeys at once and in any case. */
  holdBack(delayMs: number, marginMs?: number): void {
    this.notBefore(this.#clock.monotonicMs() + delayMs);
    void this.#ask(HOLD_BACK, [delayMs, marginMs ?? '']).catch(() => undefined);
  }

  /** Nothing comes due here before this moment of the monotonic clock, whatever Redis says or forgot. */
  notBefore(momentMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, momentMs);
  }

  /** Says that this replica is alive, and whether it uses this clock. */
  async announce({ isUser }: { readonly isUser: boolean }): Promise<Announced> {
    const sentMs = this.#clock.monotonicMs();
    const args = [
      this.#replicaId,
      REPLICA_GONE_MS,
      MAX_AHEAD_MS,
      isUser ? this.#time.toRedis(sentMs).toFixed(3) : '',
    ];
    const [now, alive, rank, usedAgo] = (await this.#ask(ANNOUNCE, args)) as [string, number, number, string];
    this.#observe(sentMs, Number(now));
    return { alive, rank, usedAgoMs: usedAgo === '' ? undefined : Number(usedAgo) };
  }

  /**
   * To be called before anything is reserved over a new connection, or again. Its three answers tell the time of Redis.
   *
   * @throws RedisAway also when Redis would refuse reservations, which nobody may rely on then
   */
  async prepare(): Promise<Announced> {
    // Known beforehand, scripts run in the order of the calls: a push before the reservation that follows it.
    const scripts = [RESERVE, ANNOUNCE, PUSH, CLEAR, HOLD_BACK, REJOIN];
    await this.#link.run((redis) => Promise.all(scripts.map(({ lua }) => redis.script('LOAD', lua))));
    await this.announce({ isUser: false });
    await this.#reserveNothing();
    return this.announce({ isUser: false });
  }

  /** Keeps the next second clear of slots. */
  async clear(): Promise<void> {
    await this.#ask(CLEAR, [CLEAR_MS]);
  }

  /** The moment, on the monotonic clock, at which all who paced themselves change over to this clock. */
  async rejoin({ awayMs, changeOverMs }: { awayMs: number; changeOverMs: number }): Promise<number> {
    const [, at] = (await this.#ask(REJOIN, [awayMs, changeOverMs, CLEAR_MS])) as string[];
    const changeMs = this.#time.toMonotonic(Number(at));
    this.notBefore(changeMs + CLEAR_MS);
    return changeMs;
  }

  /** Leaves the others its share. */
  async leave(): Promise<void> {
    await this.#link.run((redis) => redis.zrem(this.#replicas, this.#replicaId));
  }

  /** Asks for a slot further ahead than any is handed out: fails as any other reservation would. */
  async #reserveNothing(): Promise<void> {
    const sentMs = this.#clock.monotonicMs();
    const [now] = (await this.#ask(RESERVE, [1, 0, MAX_AHEAD_MS, 2 * MAX_AHEAD_MS])) as string[];
    this.#observe(sentMs, Number(now));
  }

  #ask(script: RedisScript, args: readonly (string | number)[], signal?: AbortSignal): Promise<unknown> {
    return this.#link.evaluate(script, { keys: [this.#permits, this.#replicas, this.#quiet], args, signal });
  }

  /** @returns false when the clock of Redis was set: what it said by it is void */
  #observe(sentMs: number, redisMs: number): boolean {
    const receivedMs = this.#clock.monotonicMs();
    const byMs = this.#time.observe({ sentMs, receivedMs, redisMs });
    if (byMs !== 0) {
      this.#steppedAtMs = receivedMs;
      this.#usedDistanceMs = -Infinity;
      void this.clear().catch(() => undefined);
      this.#onClockStepped(byMs);
      return false;
    }
    const lateMs = this.#usedDistanceMs - this.#time.distanceMs;
    if (lateMs > WORTH_A_PUSH_MS) {
      this.#usedDistanceMs = this.#time.distanceMs;
      this.push(lateMs);
    }
    return true;
  }
}

export interface Announced {
  readonly alive: number;
  /** How many of those alive come before this one. */
  readonly rank: number;
  /** How long ago anybody used this clock, on the clock of Redis: below 0 when that was set. Undefined when nobody did. */
  readonly usedAgoMs: number | undefined;
}
