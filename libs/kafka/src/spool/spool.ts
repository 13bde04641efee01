import type { OutgoingRecord } from '../bus.ts';

/**
 * Where records wait, in order, for a bus that is away. One for all replicas; what it keeps outlives them.
 *
 * Every method rejects when the spool cannot be reached; whether a call took effect is not known then.
 */
export interface Spool {
  /**
   * Keeps the records behind those that wait, or none of them when nothing waits: then they belong on the bus, and going
   * there they overtake nothing.
   */
  appendBehind(records: readonly OutgoingRecord[]): Promise<'kept' | 'nothing-waits' | 'full'>;

  /**
   * Keeps the records, all of them or none, as one uninterrupted row.
   *
   * @param options.doubtMs nobody takes them out for so long: a request that was never answered may have written them,
   * and who made it waits for its end
   */
  append(records: readonly OutgoingRecord[], options?: { readonly doubtMs?: number }): Promise<SpoolAppend>;

  /** From now on, nobody takes these out for so long; 0 ends their doubt. Passes over those that are gone. */
  doubt(ids: readonly string[], doubtMs: number): Promise<void>;

  /**
   * The oldest records, and with them the right to put them on the bus: for `leaseMs` nobody else gets any. Called again
   * by the same holder, it renews the lease. Never shows anything behind a record in doubt.
   */
  take(options: {
    readonly holder: string;
    readonly leaseMs: number;
    readonly maxRecords: number;
  }): Promise<SpoolHead>;

  /** They are on the bus, or known to be there after all. Needs no lease, and passes over those that are gone. */
  remove(ids: readonly string[]): Promise<void>;

  /** Lets the next one take. Does nothing for who holds no lease. */
  release(holder: string): Promise<void>;

  /** Records that wait, those in doubt included. */
  length(): Promise<number>;
}

export type SpoolAppend =
  /** One id per record, in order. */
  | { readonly kind: 'kept'; readonly ids: readonly string[] }
  /** As many wait as it may hold. */
  | { readonly kind: 'full' };

export type SpoolHead =
  /** Somebody else is draining. */
  | { readonly kind: 'leased' }
  | {
      readonly kind: 'entries';
      /** Oldest first; empty when nothing waits, or when the oldest is in doubt. */
      readonly entries: readonly SpoolEntry[];
      /** True when a record in doubt ended the list before it was full. */
      readonly inDoubt: boolean;
    };

export interface SpoolEntry {
  /** Of this record alone, for ever. */
  readonly id: string;
  /** Equal on the wire to what was appended: text may come back as bytes. */
  readonly record: OutgoingRecord;
}
