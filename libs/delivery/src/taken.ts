import type { SentMessage } from '@parley/sender';
import type { StatusNews } from './delivery-store.ts';

/** What is to be done with one callback's news. */
export interface Taken {
  readonly account: string;
  readonly holder: string;
  /** One for each of the news, in their order. */
  readonly verdicts: readonly NewsVerdict[];
  /**
   * True when some are still being told elsewhere, and nobody knows whether that will succeed: whatever else becomes of
   * the callback, it must be answered so that the provider repeats it.
   */
  readonly busy: boolean;
}

export type NewsVerdict =
  | {
      readonly kind: 'tell';
      /** With the key filled in when it is known. */
      readonly news: StatusNews;
      readonly correlation: 'matched' | 'unknown';
      /** The message they are about; only when matched. */
      readonly sent?: SentMessage;
    }
  /** Told before, or the second of two equal ones of this callback. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'elsewhere' };
