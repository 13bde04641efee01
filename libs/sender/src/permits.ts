/** Leave to make one request each, paced so that the provider never counts more than the account's limit. */
export interface Permits {
  /**
   * Resolves when the next request may leave; whoever is handed a permit uses it at once. Permits are given in the
   * order in which they were asked for. Rejects with the signal's reason when that fires first.
   */
  acquire(signal: AbortSignal): Promise<void>;

  /** Lets no request leave for `delayMs` from now: the provider asked for it. Never shortens an earlier wait. */
  holdBack(delayMs: number): void;
}
