/**
 * What became of one request. `message` is a short sentence for people; it never holds the key, a text or a phone
 * number, whatever the provider echoed.
 */
export type InsiderAnswer =
  /** Taken over by the provider: one key per message, in the order of the request. */
  | { readonly kind: 'accepted'; readonly keys: readonly string[] }
  /** Refused for the content of a message. In a request of several, which one is not said. */
  | { readonly kind: 'message-refused'; readonly message: string; readonly providerCode?: string }
  /** Refused for coming too fast; not processed. */
  | { readonly kind: 'throttled'; readonly message: string; readonly retryAfterMs?: number }
  /** Surely not processed, for a reason that passes. */
  | {
      readonly kind: 'unavailable';
      readonly message: string;
      readonly retryAfterMs?: number;
      readonly providerCode?: string;
    }
  /** Not processed, and nothing of this account will be until somebody acts. */
  | {
      readonly kind: 'account-refused';
      readonly reason: AccountRefusal;
      readonly message: string;
      readonly providerCode?: string;
    }
  /** May have been processed, may not: sending it again can deliver it twice. */
  | { readonly kind: 'ambiguous'; readonly message: string; readonly providerCode?: string }
  /** The signal fired, or `mayLeave` said no, before a byte was written; nothing was sent and nothing will be. */
  | { readonly kind: 'cancelled' };

/**
 * `blocked`: turned away ahead of the API, by the edge or because the address is not the endpoint's, or behind it,
 * because WhatsApp holds the account. `quota`: no more until it is raised or paid.
 */
export type AccountRefusal = 'unauthorized' | 'ip-restricted' | 'blocked' | 'quota';
