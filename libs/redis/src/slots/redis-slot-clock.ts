import { LocalSlotClock, MAX_AHEAD_MS, MAX_LATE_MS } from '@parley/sender';
import type { Clock, Slot, SlotClock, SlotPace } from '@parley/sender';
import { RedisAway } from '../redis-away.ts';
import type { RedisLink } from '../redis-link.ts';
import { Replicas } from './replicas.ts';
import { CLEAR_MS, SharedSlots } from './shared-slots.ts';
import type { Announced } from './shared-slots.ts';
import type { SlotClockEvent } from './slot-clock-event.ts';

const ANNOUNCE_EVERY_MS = 1_000;
/** From the last slot of the one kind to the first of the other: until then the last ones may be leaving, even late. */
const LOCAL_AFTER_MS = CLEAR_MS + MAX_AHEAD_MS + MAX_LATE_MS;
/** From the first replica's return to the change over of all; each tries to connect several times meanwhile. */
const CHANGE_OVER_MS = 2_000;
/** Younger slots need no confirmation: a round trip would hardly learn more. */
const FRESH_MS = 20;

export interface RedisSlotClockOptions {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly account: string;
  /** Different for each process. */
  readonly replicaId: string;
  readonly onEvent: (event: SlotClockEvent) => void;
}

/**
 * One account's slots, shared by all replicas through Redis and its clock.
 *
 * While Redis is away each replica paces itself within its share of the limit. Both changes leave a clear second between
 * slots of the one kind and slots of the other, so that no sliding second holds more than the limit, outages included.
 * What it cannot see: a replica that alone lost Redis takes its share beside those who still have it.
 */
export class RedisSlotClock implements SlotClock {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #account: string;
  readonly #onEvent: (event: SlotClockEvent) => void;
  readonly #shared: SharedSlots;
  readonly #local: LocalSlotClock;
  readonly #replicas = new Replicas();
  readonly #localSlots = new WeakSet<Slot>();
  readonly #closing = new AbortController();
  readonly #keepingInTouch: Promise<void>;
  #mode: Mode;
  #hasJoined = false;
  #toldLocal = false;
  #heldBackAtMs = -Infinity;
  #linkChange = new AbortController();

  constructor({ link, clock, account, replicaId, onEvent }: RedisSlotClockOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#account = account;
    this.#onEvent = onEvent;
    const onClockStepped = (byMs: number): void => onEvent({ kind: 'clock-stepped', account, byMs });
    this.#shared = new SharedSlots({ link, clock, account, replicaId, onClockStepped });
    this.#local = new LocalSlotClock({ clock });
    this.#mode = new Mode('local', clock.monotonicMs());
    link.onChange((available) => this.#linkChanged(available));
    this.#keepingInTouch = this.#keepInTouch();
  }

  async reserve(pace: SlotPace, signal: AbortSignal): Promise<Slot> {
    for (;;) {
      signal.throwIfAborted();
      const mode = this.#mode;
      const whileItLasts = AbortSignal.any([signal, mode.ended]);
      try {
        const slot =
          mode.kind === 'shared'
            ? await this.#shared.reserve(pace, whileItLasts)
            : await this.#reserveLocal(mode, pace, whileItLasts);
        if (slot) return slot;
      } catch (error) {
        if (whileItLasts.aborted) continue;
        if (!(error instanceof RedisAway)) throw error;
        // It is there for others, and refuses this account: to be asked again when all is known to work.
        if (mode === this.#mode) this.#enter('local');
      }
    }
  }

  async confirm(slot: Slot, signal: AbortSignal): Promise<boolean> {
    const isHeldBack = (): boolean => slot.reservedMs <= this.#heldBackAtMs;
    if (isHeldBack()) return false;
    if (this.#localSlots.has(slot) || this.#clock.monotonicMs() - slot.reservedMs < FRESH_MS) return true;
    try {
      return (await this.#shared.confirm(slot, signal)) && !isHeldBack();
    } catch (error) {
      if (error instanceof RedisAway) return !isHeldBack();
      throw error;
    }
  }

  push(lateMs: number): void {
    this.#local.push(lateMs);
    this.#shared.push(lateMs);
  }

  holdBack(delayMs: number, marginMs?: number): void {
    this.#heldBackAtMs = this.#clock.monotonicMs();
    this.#local.holdBack(delayMs);
    this.#shared.holdBack(delayMs, marginMs);
  }

  /** Leaves the others its share. Waits for six answers of Redis at most, each within the deadline of a command. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#keepingInTouch;
    await this.#shared.leave().catch(() => undefined);
  }

  /** Undefined: nothing was reserved, and it is time to ask again. */
  async #reserveLocal(mode: Mode, pace: SlotPace, signal: AbortSignal): Promise<Slot | undefined> {
    const waitMs = mode.sinceMs + LOCAL_AFTER_MS - this.#clock.monotonicMs();
    if (waitMs > 0) {
      await this.#clock.sleep(waitMs, signal);
      return undefined;
    }
    const limitPerSecond = this.#replicas.share(pace.limitPerSecond);
    if (!this.#toldLocal) {
      this.#toldLocal = true;
      const replicas = this.#replicas.count(pace.limitPerSecond);
      this.#onEvent({ kind: 'permits-local', account: this.#account, limitPerSecond, replicas });
    }
    if (limitPerSecond > 0) {
      const slot = await this.#local.reserve({ ...pace, limitPerSecond }, signal);
      if (slot.dueMs < mode.untilMs) {
        this.#localSlots.add(slot);
        return slot;
      }
    }
    // Nothing to hand out before the mode ends. Should it last, somebody else may have gone meanwhile.
    await this.#clock.sleep(CLEAR_MS, signal);
    return undefined;
  }

  async #keepInTouch(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const change = this.#linkChange.signal;
      try {
        if (this.#link.available) {
          if (this.#mode.kind === 'local') await this.#comeBack(this.#mode);
          else await this.#announce();
        }
      } catch {
        // Redis is away, which is told where a slot is wanted, or does not let us in: local mode goes on.
        this.#mode.untilMs = Infinity;
      }
      await this.#sleep(ANNOUNCE_EVERY_MS, change);
    }
  }

  async #announce(): Promise<void> {
    this.#saw(await this.#shared.announce({ isUser: this.#mode.kind === 'shared' }));
  }

  #saw({ alive, rank }: Announced): void {
    this.#replicas.saw({ alive, rank, atMs: this.#clock.monotonicMs() });
  }

  async #comeBack(mode: Mode): Promise<void> {
    const change = this.#linkChange.signal;
    const announced = await this.#shared.prepare();
    this.#saw(announced);
    const nowMs = this.#clock.monotonicMs();
    const awayMs = nowMs - mode.sinceMs;
    if (awayMs < LOCAL_AFTER_MS) {
      // Nobody has paced himself yet, and from now on this process does not begin to.
      mode.untilMs = -Infinity;
      // A Redis that restarted, or another that took over, may not know of the last slots.
      if (this.#hasJoined) await this.#shared.clear();
    } else if (isRecent(announced.usedAgoMs)) {
      // Who lost Redis together with those does not pace himself yet: this one was away alone, and waits alone.
      mode.untilMs = nowMs;
      if (this.#toldLocal) this.#shared.notBefore(nowMs + LOCAL_AFTER_MS);
    } else {
      mode.untilMs = await this.#shared.rejoin({ awayMs, changeOverMs: CHANGE_OVER_MS });
      await this.#sleep(mode.untilMs - this.#clock.monotonicMs(), change);
    }
    if (!change.aborted && !this.#closing.signal.aborted) this.#enter('shared');
  }

  #linkChanged(available: boolean): void {
    if (!available && this.#mode.kind === 'shared') this.#enter('local');
    // Gone again before the change over: it goes on by itself.
    this.#mode.untilMs = Infinity;
    this.#linkChange.abort();
    this.#linkChange = new AbortController();
  }

  #enter(kind: Mode['kind']): void {
    const before = this.#mode;
    this.#mode = new Mode(kind, this.#clock.monotonicMs());
    before.end();
    if (kind === 'local') return;
    this.#hasJoined = true;
    if (!this.#toldLocal) return;
    this.#toldLocal = false;
    this.#onEvent({ kind: 'permits-shared', account: this.#account });
  }

  /** Shorter when the link changes, or at the end. */
  async #sleep(delayMs: number, change: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([change, this.#closing.signal]);
    await this.#clock.sleep(delayMs, signal).catch(() => undefined);
  }
}

/** Below 0 when the clock of Redis was set meanwhile. */
function isRecent(agoMs: number | undefined): boolean {
  return agoMs !== undefined && agoMs >= 0 && agoMs < LOCAL_AFTER_MS;
}

/** Where slots come from, until it ends. */
class Mode {
  readonly kind: 'shared' | 'local';
  readonly sinceMs: number;
  /** No local slot comes due at or after this moment. */
  untilMs = Infinity;
  readonly #ending = new AbortController();

  constructor(kind: 'shared' | 'local', sinceMs: number) {
    this.kind = kind;
    this.sinceMs = sinceMs;
  }

  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  end(): void {
    this.#ending.abort();
  }
}
