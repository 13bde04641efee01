/** What the shared clock tells those who log and count. Listeners must not throw. */
export type SlotClockEvent =
  /** Redis is away and requests are wanted: this process paces itself within its share. */
  | {
      readonly kind: 'permits-local';
      readonly account: string;
      /** The share: 0 when there are more replicas than requests per second. */
      readonly limitPerSecond: number;
      readonly replicas: number;
    }
  /** The clock is shared again. Only told after `permits-local`. */
  | { readonly kind: 'permits-shared'; readonly account: string }
  /** The clock of Redis was set by so much, forwards when positive. No slot was handed out by mistake. */
  | { readonly kind: 'clock-stepped'; readonly account: string; readonly byMs: number };
