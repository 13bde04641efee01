import { randomUUID } from 'node:crypto';
import { pauseFor } from '../backoff.ts';
import { BusError } from '../bus-error.ts';
import type { Bus, OutgoingRecord } from '../bus.ts';
import { within } from '../deadline.ts';
import { recordBytes } from '../record-size.ts';
import type { Backlog } from './backlog.ts';
import type { DoubtKeeper } from './doubt-keeper.ts';
import type { ReachableSpool } from './reachable-spool.ts';
import type { SpoolEvent } from './spool-event.ts';
import type { SpoolEntry } from './spool.ts';

export interface SpoolDrainOptions {
  readonly bus: Pick<Bus, 'send' | 'state'>;
  readonly spool: ReachableSpool;
  readonly backlog: Backlog;
  readonly doubts: DoubtKeeper;
  /** Of one request to the bus. */
  readonly timeoutMs: number;
  readonly leaseMs: number;
  readonly doubtMs: number;
  readonly lookEveryMs: number;
  readonly onEvent: (event: SpoolEvent) => void;
}

/** Looks again and again whether records wait, and puts them on the bus in order when no other replica does. */
export class SpoolDrain {
  readonly #options: SpoolDrainOptions;
  readonly #holder = randomUUID();
  readonly #closing = new AbortController();
  /** On the bus, but still in the spool, which was away when they were to be removed. */
  readonly #written = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(options: SpoolDrainOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends after the request under way. */
  async close({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    this.#closing.abort();
    const ended = this.#running ?? Promise.resolve();
    await within(ended, { timeoutMs, what: 'Draining the spool' }).catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (!this.#isClosing()) {
      // Replicas that started together do not look together, nor while they still connect to the spool.
      await pauseFor(this.#options.lookEveryMs * (0.75 + Math.random() / 2), this.#closing.signal);
      if (!this.#isClosing()) await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { spool, backlog } = this.#options;
    const waiting = await spool.ask((it) => it.length());
    if (waiting === 'away') return;
    backlog.heard(waiting);
    if (waiting === 0 || !this.#canSend()) return;
    while (this.#canSend() && (await this.#drainHead()));
    // Who took next would find what is written already: the lease keeps others away until it is removed.
    if (this.#written.size === 0) await spool.ask((it) => it.release(this.#holder));
  }

  #canSend(): boolean {
    return !this.#isClosing() && this.#options.bus.state().producer.connected;
  }

  /** False when there is nothing more to do for now. */
  async #drainHead(): Promise<boolean> {
    const { spool, backlog, leaseMs, lookEveryMs, timeoutMs } = this.#options;
    if (!(await this.#removeWritten())) return false;
    // From before the question: an answer that a frozen process reads late gives it no more time.
    const lastStartMs = performance.now() + leaseMs - timeoutMs;
    const head = await spool.ask((it) => it.take({ holder: this.#holder, leaseMs, maxRecords: MAX_RECORDS }));
    if (head === 'away' || head.kind === 'leased') return false;
    if (head.entries.length > 0) return this.#put(firstOf(head.entries), lastStartMs);
    if (!head.inDoubt) backlog.heard(0);
    else await pauseFor(Math.min(DOUBT_PAUSE_MS, lookEveryMs), this.#closing.signal);
    return head.inDoubt;
  }

  /** Begins nothing after `lastStartMs`, when the lease may end before the request does and somebody else may be draining. */
  async #put(entries: readonly SpoolEntry[], lastStartMs: number): Promise<boolean> {
    if (performance.now() > lastStartMs) return true;
    const failure = await this.#send(entries.map(({ record }) => record));
    const left = failure ? failure.unacknowledgedOf(entries) : [];
    await this.#drained(entries.filter((entry) => !left.includes(entry)));
    if (!failure) return true;
    if (failure.code === 'RECORD_TOO_LARGE') return this.#putWithoutValues(left, lastStartMs);
    return this.#failed(failure, left);
  }

  /** What the bus will never take must not keep the others waiting for ever: its key and headers tell that it was. */
  async #putWithoutValues(entries: readonly SpoolEntry[], lastStartMs: number): Promise<boolean> {
    for (const entry of entries) {
      if (performance.now() > lastStartMs) return true;
      const { topic, key, value, headers } = entry.record;
      const bytes = value === null ? 0 : Buffer.byteLength(value);
      const omitted = { 'spool-value-omitted-bytes': String(bytes) };
      const failure = await this.#send([{ topic, key, value: null, headers: { ...headers, ...omitted } }]);
      if (failure) return this.#failed(failure, [entry]);
      this.#options.onEvent({ type: 'spooled-value-omitted', topic, bytes });
      await this.#drained([entry]);
    }
    return true;
  }

  async #failed({ code, late }: BusError, left: readonly SpoolEntry[]): Promise<false> {
    if (late) {
      const ids = left.map(({ id }) => id);
      await this.#options.spool.ask((it) => it.doubt(ids, this.#options.doubtMs));
      this.#options.doubts.keep(ids, late);
    }
    const topic = left[0]?.record.topic ?? '';
    this.#options.onEvent({ type: 'drain-failed', code, topic });
    return false;
  }

  async #send(records: readonly OutgoingRecord[]): Promise<BusError | undefined> {
    try {
      await this.#options.bus.send(records, { timeoutMs: this.#options.timeoutMs });
      return undefined;
    } catch (error) {
      return error instanceof BusError
        ? error
        : new BusError('UNAVAILABLE', 'The bus failed', { cause: error });
    }
  }

  async #drained(entries: readonly SpoolEntry[]): Promise<void> {
    if (entries.length === 0) return;
    for (const { id } of entries) this.#written.add(id);
    this.#options.onEvent({ type: 'records-drained', count: entries.length });
    await this.#removeWritten();
  }

  /** True when nothing is left to remove. */
  async #removeWritten(): Promise<boolean> {
    const ids = [...this.#written];
    if (ids.length === 0) return true;
    if ((await this.#options.spool.ask((it) => it.remove(ids))) === 'away') return false;
    for (const id of ids) this.#written.delete(id);
    return true;
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }
}

/** Of one request. */
const MAX_RECORDS = 500;
/** Of one request, below the broker's own default limit of about one MiB. A larger record goes alone. */
const MAX_BYTES = 900_000;
const DOUBT_PAUSE_MS = 250;

function firstOf(entries: readonly SpoolEntry[]): readonly SpoolEntry[] {
  let bytes = 0;
  const excess = entries.findIndex(({ record }) => (bytes += recordBytes(record)) > MAX_BYTES);
  return excess === -1 ? entries : entries.slice(0, Math.max(1, excess));
}
