import { BusError } from '../bus-error.ts';
import type { Bus, OutgoingRecord, SendOptions } from '../bus.ts';
import { Backlog } from './backlog.ts';
import { DoubtKeeper } from './doubt-keeper.ts';
import { InMemorySpool } from './in-memory-spool.ts';
import { ReachableSpool } from './reachable-spool.ts';
import { SpoolDrain } from './spool-drain.ts';
import type { SpoolEvent } from './spool-event.ts';
import type { Spool } from './spool.ts';

export interface SpoolingSenderOptions {
  readonly bus: Pick<Bus, 'send' | 'state'>;
  /** Undefined: what the bus does not take is refused. */
  readonly spool: Spool | undefined;
  /** How long the bus may take before the spool is asked; a shorter one of the caller counts. @default 3_000 */
  readonly timeoutMs?: number;
  /**
   * How long records that may have been written are kept from being drained after their process has died. Must outlast
   * outages of the spool for nothing to be written twice. @default 10_000
   */
  readonly doubtMs?: number;
  /** After so long without a sign of who drains, another replica does. More than `timeoutMs`. @default 10_000 */
  readonly leaseMs?: number;
  /** How often to look whether records wait. @default 1_000 */
  readonly lookEveryMs?: number;
  readonly onEvent: (event: SpoolEvent) => void;
}

export interface SpoolingState {
  /** Records in the spool, as last heard. */
  readonly waiting: number;
  /** Whether the last call of the spool has failed. */
  readonly spoolAway: boolean;
}

/**
 * Sends to the bus, or to a spool while the bus is away. One replica at a time drains it, in order; what is sent while
 * records wait goes behind them.
 *
 * What `send` resolved is on the log or in the spool. It is written once, in the order of sends that waited for each
 * other, except: a spool that is away is passed by, so that records go ahead of those that wait in it, and a call it never
 * answered may leave a second copy there; a process that dies, or loses the spool for longer than `leaseMs` or `doubtMs`,
 * between the bus's answer and telling it to the spool leaves records that are drained once more.
 */
export class SpoolingSender implements Pick<Bus, 'send'> {
  readonly #bus: Pick<Bus, 'send'>;
  readonly #timeoutMs: number;
  readonly #onEvent: (event: SpoolEvent) => void;
  readonly #hasSpool: boolean;
  readonly #spool: ReachableSpool;
  readonly #backlog: Backlog;
  readonly #doubtMs: number;
  readonly #doubts: DoubtKeeper;
  readonly #drain: SpoolDrain;

  constructor(options: SpoolingSenderOptions) {
    const { bus, onEvent, timeoutMs = 3_000, doubtMs = 10_000 } = options;
    const { leaseMs = 10_000, lookEveryMs = 1_000 } = options;
    this.#bus = bus;
    this.#timeoutMs = timeoutMs;
    this.#onEvent = onEvent;
    this.#hasSpool = options.spool !== undefined;
    this.#spool = new ReachableSpool({
      spool: options.spool ?? new InMemorySpool({ maxRecords: 0 }),
      onEvent,
    });
    this.#backlog = new Backlog(onEvent);
    this.#doubtMs = doubtMs;
    this.#doubts = new DoubtKeeper({ spool: this.#spool, doubtMs });
    this.#drain = new SpoolDrain({
      bus,
      spool: this.#spool,
      backlog: this.#backlog,
      doubts: this.#doubts,
      timeoutMs,
      leaseMs,
      doubtMs,
      lookEveryMs,
      onEvent,
    });
  }

  /** Begins to drain in the background. */
  start(): void {
    this.#drain.start();
  }

  /**
   * Resolves when every record is on the log or in the spool. Rejects with a `BusError` when neither takes them, when
   * records are too large for the bus, or when the caller's signal came before anything was written.
   */
  async send(records: readonly OutgoingRecord[], options: SendOptions = {}): Promise<void> {
    switch (await this.#spool.ask((spool) => spool.appendBehind(records))) {
      case 'kept':
        this.#backlog.kept(records.length);
        return;
      case 'full':
        this.#onEvent({ type: 'spool-full', count: records.length });
        throw new BusError('OVERLOADED', 'The spool is full');
      case 'nothing-waits':
      case 'away':
    }
    const timeoutMs = Math.min(this.#timeoutMs, options.timeoutMs ?? Infinity);
    try {
      await this.#bus.send(records, { ...options, timeoutMs });
    } catch (error) {
      if (!(error instanceof BusError) || !isForSpool(error)) throw error;
      await this.#keep(records, error);
    }
  }

  state(): SpoolingState {
    return { waiting: this.#backlog.waiting, spoolAway: this.#spool.isAway };
  }

  /** Ends draining after the request under way, and what is in doubt is given as long to end. To be closed before the bus. */
  async close(options: { readonly timeoutMs: number }): Promise<void> {
    await Promise.all([this.#drain.close(options), this.#doubts.close(options)]);
  }

  async #keep(records: readonly OutgoingRecord[], failure: BusError): Promise<void> {
    if (!this.#hasSpool) throw failure;
    const { code, late } = failure;
    const left = failure.unacknowledgedOf(records);
    const kept = await this.#spool.ask((spool) => spool.append(left, late && { doubtMs: this.#doubtMs }));
    if (kept === 'away') throw failure;
    if (kept.kind === 'full') {
      this.#onEvent({ type: 'spool-full', count: left.length });
      throw failure;
    }
    this.#backlog.kept(left.length, code);
    if (late) this.#doubts.keep(kept.ids, late);
  }
}

/**
 * Even what the broker refuses for a reason that will not pass by itself, such as missing rights: somebody will put that
 * right, and until then nothing that was accepted may be lost. Only what nobody can put right is the caller's to know.
 */
export function isForSpool({ code, late }: BusError): boolean {
  return late !== undefined || (code !== 'RECORD_TOO_LARGE' && code !== 'ABORTED');
}
