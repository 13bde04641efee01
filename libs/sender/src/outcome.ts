import type { SendError } from './reasons.ts';

/** How a message ended. */
export type Outcome =
  /** The provider took it and gave it a key. */
  | { readonly kind: 'accepted'; readonly key: string }
  /** Not sent, and this message as it is will not be. */
  | { readonly kind: 'rejected'; readonly error: SendError }
  /** Its time was over before it could be sent. */
  | { readonly kind: 'expired'; readonly error: SendError }
  /** Written to the provider, no usable answer: it may or may not have been sent. */
  | { readonly kind: 'unknown'; readonly error: SendError };

/** A message's end. Remembered under its id, told to whoever asks again. */
export interface Settlement {
  readonly kind: 'settled';
  readonly outcome: Outcome;
  /** Requests made for the message, those included that found no connection. */
  readonly attempts: number;
  /**
   * True when another submission of the id settled it first: that outcome is told. Nothing was sent for this one, unless
   * its process lost the id while a request carried it.
   */
  readonly duplicate: boolean;
}

/**
 * Given up without an end: the caller may send it again under its id. For this submission surely nothing was sent,
 * unless it is bulk with policy `resend`: then a request without an answer may have carried it, and whoever sends the id
 * next is told so.
 */
export interface Unsent {
  readonly kind: 'unsent';
  readonly error: SendError;
  /** When trying again makes sense, in milliseconds from now. */
  readonly retryAfterMs?: number;
}

export type SubmissionResult = Settlement | Unsent;
