import type { CallbackEvent } from './callback-event.ts';

/** What one piece of a callback turned out to be. `why` never quotes the callback. */
export type Reading =
  | { readonly kind: 'event'; readonly event: CallbackEvent }
  /** Understood, and nothing anybody waits for. */
  | {
      readonly kind: 'ignored';
      readonly why: string;
      /** Meta's code of trouble that the account has, for who runs it; at most 32 characters. */
      readonly errorCode?: string;
    }
  | { readonly kind: 'unread'; readonly why: string };
