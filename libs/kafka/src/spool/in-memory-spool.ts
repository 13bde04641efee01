import type { OutgoingRecord } from '../bus.ts';
import type { Spool, SpoolAppend, SpoolEntry, SpoolHead } from './spool.ts';

export interface InMemorySpoolOptions {
  /** @default 100_000 */
  readonly maxRecords?: number;
}

/** The spool inside this process, for tests: what it keeps is gone with it. */
export class InMemorySpool implements Spool {
  readonly #maxRecords: number;
  readonly #entries = new Map<string, KeptEntry>();
  #lastId = 0;
  #lease = { holder: '', untilMs: 0 };

  constructor({ maxRecords = 100_000 }: InMemorySpoolOptions = {}) {
    this.#maxRecords = maxRecords;
  }

  async appendBehind(records: readonly OutgoingRecord[]): Promise<'kept' | 'nothing-waits' | 'full'> {
    if (this.#entries.size === 0) return 'nothing-waits';
    return (await this.append(records)).kind;
  }

  append(records: readonly OutgoingRecord[], { doubtMs = 0 } = {}): Promise<SpoolAppend> {
    if (this.#entries.size + records.length > this.#maxRecords) return Promise.resolve({ kind: 'full' });
    const doubtUntilMs = performance.now() + doubtMs;
    const ids = records.map((record) => {
      const id = String((this.#lastId += 1));
      this.#entries.set(id, { id, record, doubtUntilMs });
      return id;
    });
    return Promise.resolve({ kind: 'kept', ids });
  }

  doubt(ids: readonly string[], doubtMs: number): Promise<void> {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry) entry.doubtUntilMs = performance.now() + doubtMs;
    }
    return Promise.resolve();
  }

  take({ holder, leaseMs, maxRecords }: Parameters<Spool['take']>[0]): Promise<SpoolHead> {
    const nowMs = performance.now();
    if (this.#lease.untilMs > nowMs && this.#lease.holder !== holder) {
      return Promise.resolve({ kind: 'leased' });
    }
    this.#lease = { holder, untilMs: nowMs + leaseMs };
    const entries: SpoolEntry[] = [];
    for (const { id, record, doubtUntilMs } of this.#entries.values()) {
      if (entries.length === maxRecords) break;
      if (doubtUntilMs > nowMs) return Promise.resolve({ kind: 'entries', entries, inDoubt: true });
      entries.push({ id, record });
    }
    return Promise.resolve({ kind: 'entries', entries, inDoubt: false });
  }

  remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#entries.delete(id);
    return Promise.resolve();
  }

  release(holder: string): Promise<void> {
    if (this.#lease.holder === holder) this.#lease = { holder: '', untilMs: 0 };
    return Promise.resolve();
  }

  length(): Promise<number> {
    return Promise.resolve(this.#entries.size);
  }
}

interface KeptEntry extends SpoolEntry {
  doubtUntilMs: number;
}
