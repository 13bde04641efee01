/** Leave to make one request each, paced so that the provider never counts more than the account's limit. */
export interface Permits {
  /**
   * Reserves the next permit and resolves shortly before it comes due, in the order of asking. Only one is out at a
   * time: the next is reserved when this one was used or given back. Rejects with the signal's reason when that fires
   * first.
   */
  reserve(signal: AbortSignal): Promise<Permit>;

  /** The provider answered that requests come too fast: nobody sends for `delayMs`, and the distance kept grows. */
  throttled(delayMs: number): void;

  /** The provider asked to come back later: nobody sends for `delayMs`. Never shortens an earlier wait. */
  holdBack(delayMs: number): void;

  /** How long a request took to be answered: its variation tells how far the network may shift arrivals. */
  answered(durationMs: number): void;

  /** Requests per second from now on. */
  setLimit(limitPerSecond: number): void;

  /** As it was set last. */
  readonly limitPerSecond: number;

  /** What who asks now has to expect. */
  readonly pace: {
    /** Until the next permit can come due. */
    readonly nextInMs: number;
    /** Between two permits of this process while it always has something to send. */
    readonly intervalMs: number;
  };
}

export interface Permit {
  /**
   * Resolves when it comes due: with false when it must not be used any more, and is to be given back. Rejects with
   * the reason of the signal it was reserved with when that fires first.
   */
  due(): Promise<boolean>;

  /** Called in the tick in which the request is written. False: it came too late, and nothing may be written. */
  use(): boolean;

  /** It will not be used. Whoever reserves next may get it. Without effect once it was used. */
  giveBack(): void;
}
