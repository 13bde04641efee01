import type { ProviderAnswer } from './provider.ts';
import type { SendError } from './reasons.ts';
import type { Outcome } from './outcome.ts';

/** What the sender tells those who log and count. It never logs itself. Listeners must not throw. */
export type SenderEvent =
  /** A request came back. */
  | {
      readonly kind: 'attempted';
      readonly account: string;
      readonly messages: number;
      readonly answer: ProviderAnswer['kind'];
      /** The provider's words, when it refused or could not be understood. */
      readonly detail?: string;
      readonly durationMs: number;
    }
  /** Messages wait for another attempt. */
  | {
      readonly kind: 'retrying';
      readonly account: string;
      readonly messages: number;
      readonly delayMs: number;
      readonly reason: SendError['reason'];
    }
  | { readonly kind: 'account-paused'; readonly account: string; readonly error: SendError }
  | { readonly kind: 'account-resumed'; readonly account: string }
  /** A message came to its end. */
  | {
      readonly kind: 'settled';
      readonly account: string;
      readonly messageId: string;
      readonly outcome: Outcome;
      readonly attempts: number;
      readonly duplicate: boolean;
    }
  /** What should be remembered could not be stored: a repeated id may be sent again. */
  | {
      readonly kind: 'store-failed';
      readonly account: string;
      readonly messages: number;
      readonly error: unknown;
    };
