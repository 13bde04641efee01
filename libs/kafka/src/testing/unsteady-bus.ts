import { BusError, type BusErrorCode, type LateEnd } from '../bus-error.ts';
import type { Bus, BusState, OutgoingRecord } from '../bus.ts';

/** How a request ends. In doubt, the caller is told so at once, and `settle` tells the end. */
export type RequestEnd =
  | { readonly kind: 'written' }
  /** @param acknowledged so many of the first records are written all the same */
  | { readonly kind: 'refused'; readonly code: BusErrorCode; readonly acknowledged?: number }
  | { readonly kind: 'in-doubt' };

/** The producer of one process on a log that it may share with others; fails as a bus is allowed to. */
export class UnsteadyBus implements Pick<Bus, 'send' | 'state'> {
  readonly log: OutgoingRecord[];
  /** For the next requests, one after the other; behind them `steady` holds. */
  readonly script: RequestEnd[] = [];
  steady: RequestEnd = { kind: 'written' };
  /** Refused as too large, wherever it is found. */
  tooLarge: string | undefined;
  /** Of the requests that were not refused at once because an earlier one is in doubt. */
  readonly requests: (readonly OutgoingRecord[])[] = [];
  #doubt:
    { readonly records: readonly OutgoingRecord[]; readonly late: PromiseWithResolvers<LateEnd> } | undefined;

  constructor(log: OutgoingRecord[] = []) {
    this.log = log;
  }

  /** The records of the request in doubt. */
  get inDoubt(): readonly OutgoingRecord[] {
    return this.#doubt?.records ?? [];
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- its failures are rejections, like those of a real bus
  async send(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#doubt) throw new BusError('UNAVAILABLE', 'In doubt about an earlier request');
    this.requests.push(records);
    const end = this.script.shift() ?? this.steady;
    if (end.kind === 'in-doubt') {
      this.#doubt = { records, late: Promise.withResolvers<LateEnd>() };
      throw new BusError('TIMEOUT', 'No answer', { late: this.#doubt.late.promise });
    }
    const code = end.kind === 'refused' ? end.code : 'RECORD_TOO_LARGE';
    const isWritten = (record: OutgoingRecord, index: number): boolean =>
      end.kind === 'refused' ? index < (end.acknowledged ?? 0) : !this.#isTooLarge(record);
    this.log.push(...records.filter(isWritten));
    const unacknowledged = [...records.entries()].flatMap(([index, it]) =>
      isWritten(it, index) ? [] : [index],
    );
    if (unacknowledged.length > 0) throw new BusError(code, 'Refused', { unacknowledged });
  }

  /** Ends the request in doubt. */
  settle(end: LateEnd, { isWritten = end === 'written' }: { readonly isWritten?: boolean } = {}): void {
    const doubt = this.#doubt;
    this.#doubt = undefined;
    if (isWritten) this.log.push(...(doubt?.records ?? []));
    doubt?.late.resolve(end);
  }

  state(): BusState {
    return { producer: { connected: !this.#doubt, sinceMs: 0 }, consumers: [] };
  }

  #isTooLarge({ value }: OutgoingRecord): boolean {
    return this.tooLarge !== undefined && value !== null && String(value).includes(this.tooLarge);
  }
}
