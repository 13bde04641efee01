export const CALLBACK_NAMES = ['accepted', 'sent', 'delivered', 'read', 'failed', 'error', 'reply'] as const;
export type CallbackName = (typeof CALLBACK_NAMES)[number];

/** One event to tell one receiver, with all that was tried so far. */
export interface Callback {
  readonly event: CallbackName;
  /** When it happened on WhatsApp, which is what the body tells; on the sandbox's clock. */
  readonly timeMs: number;
  /** When it is told, at the earliest. */
  readonly dueMs: number;
  /** Meta's code, of a failure. */
  readonly code?: number;
  /** Where it goes: the request's own callback, or the webhook as it is at that moment. */
  readonly target: 'request' | 'webhook';
  /** Of the webhook as it was last. */
  url: string;
  readonly attempts: CallbackAttempt[];
  /** Documented retries whose time passed while nobody could make them. */
  missedRetries: number;
}

/** One post of a callback, and how it was answered. */
export interface CallbackAttempt {
  readonly timeMs: number;
  readonly durationMs: number;
  /** The HTTP status; left out when there was no answer. */
  readonly status?: number;
  /** Why there was no answer. */
  readonly error?: string;
}
