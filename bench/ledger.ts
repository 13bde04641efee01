/** One request as the provider saw it. */
export interface Arrival {
  /** When its head had arrived, on the machine's monotonic clock. */
  readonly atMs: number;
  /** 200: taken. 429: refused, nothing of it was sent. */
  readonly status: number;
  readonly messages: readonly { readonly phoneNumber: string; readonly body: string }[];
}

/** Requests whose head had arrived so far; cheap to ask for while it runs. */
export interface LedgerCount {
  readonly requests: number;
  readonly throttled: number;
}

/** Everything that arrived, oldest first. */
export type Ledger = readonly Arrival[];
