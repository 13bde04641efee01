import type { OutboundMessage } from './message.ts';

/** The provider as the sender needs it. */
export interface Provider {
  /**
   * Carries the messages in one request, in this order. Bounded in time by itself and never retries.
   * `signal` gives up the request when that can still be done before its bytes are written.
   *
   * `mayLeave` is asked once, in the tick in which the request would be written: when it says no, nothing is.
   */
  send(
    messages: readonly OutboundMessage[],
    options: { readonly signal: AbortSignal; readonly mayLeave: () => boolean },
  ): Promise<ProviderAnswer>;

  /** Prepares for a request that leaves soon, so that it leaves on time. Costs the provider no request, never rejects. */
  warm?(): Promise<void>;
}

/** What one request came to. `message` is for people and holds no key, body or phone number. */
export type ProviderAnswer =
  /** One key per message, in order. */
  | { readonly kind: 'accepted'; readonly keys: readonly string[] }
  /** Refused as a whole for the content of at least one message; nothing was sent. */
  | { readonly kind: 'message-refused'; readonly message: string; readonly providerCode?: string | undefined }
  /** Too many requests; nothing was sent. */
  | { readonly kind: 'throttled'; readonly message: string; readonly retryAfterMs?: number | undefined }
  /** Surely not processed, and may be when tried again. */
  | {
      readonly kind: 'unavailable';
      readonly message: string;
      readonly retryAfterMs?: number | undefined;
      readonly providerCode?: string | undefined;
    }
  /** Refused for who sends, whatever the message; nothing was sent. */
  | {
      readonly kind: 'account-refused';
      readonly reason: 'unauthorized' | 'ip-restricted' | 'blocked' | 'quota';
      readonly message: string;
      readonly providerCode?: string | undefined;
    }
  /** Written, and no usable answer: it may have been processed. */
  | { readonly kind: 'ambiguous'; readonly message: string; readonly providerCode?: string | undefined }
  /** Given up on the signal, or not allowed to leave, before anything was written. */
  | { readonly kind: 'cancelled' };
