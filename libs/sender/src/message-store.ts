import type { OutboundMessage } from './message.ts';
import type { Settlement } from './outcome.ts';

/**
 * What is remembered about messages: ids that are being sent or were settled, and which message a provider's key
 * belongs to. Each method takes a whole batch, so that a store over the network costs one round trip.
 */
export interface MessageStore {
  /**
   * Marks each id as being sent by its holder, in order, unless it is known. Whoever holds an id already claims it
   * again, and so renews it. One answer per request.
   */
  claim(requests: readonly ClaimRequest[]): Promise<readonly Claim[]>;

  /**
   * Remembers how claimed messages ended, and their keys. Resolves when that is stored. The first settlement of an id
   * stays: a later one changes nothing but what its own key belongs to.
   *
   * One answer per end: undefined when it stands, else the one that does. Whoever loses an id while he sends it learns
   * so what others were told. What other content under the id came to says nothing of this message: undefined as well.
   */
  settle(ends: readonly End[]): Promise<readonly (Settlement | undefined)[]>;

  /** Forgets claims whose messages were surely not sent: their ids are free again, if their holder still has them. */
  release(requests: readonly ClaimRequest[]): Promise<void>;

  /**
   * Gives up claims whose messages may have been sent, if their holder still has them: whoever claims one of their ids
   * next gets it at once, and is told so. Until then an id counts as being sent.
   */
  abandon(requests: readonly ClaimRequest[]): Promise<void>;

  /** The message that each of the provider's keys belongs to, while it is remembered. One answer per key. */
  findByKeys(account: string, keys: readonly string[]): Promise<readonly (SentMessage | undefined)[]>;

  /** What is remembered of an id; undefined when nothing is. */
  findById(account: string, messageId: string): Promise<KnownMessage | undefined>;
}

export interface ClaimRequest {
  readonly message: OutboundMessage;
  /** Who wants to send it: different for each submission, even of the same id. */
  readonly holder: string;
}

/** What the one who had an id before did: died with it, or abandoned it after a request that was not answered. */
export type EarlierHolder = 'holder-died' | 'abandoned';

export interface End extends ClaimRequest {
  readonly settlement: Settlement;
}

export type Claim =
  /**
   * The id is the holder's to send. `maybeSent`: why a request may have carried it already, as {@link EarlierHolder} tells.
   */
  | { readonly kind: 'claimed'; readonly maybeSent: false | EarlierHolder }
  /** It was settled before. */
  | { readonly kind: 'settled'; readonly settlement: Settlement }
  /**
   * Somebody else is sending it. `ended` resolves with the settlement, or with undefined when it can be claimed again:
   * it was given up, or its holder died. Rejects with the signal's reason when that fires first, and when the store could
   * not be asked for as long as a holder has an id without claiming it again.
   */
  | { readonly kind: 'in-flight'; ended(signal: AbortSignal): Promise<Settlement | undefined> }
  /** The id was used with other content. */
  | { readonly kind: 'conflict' };

/** What a delivery status is brought back to its sender with. */
export interface SentMessage {
  readonly messageId: string;
  readonly account: string;
  readonly phoneNumber: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** W3C trace context of the submission that was sent. */
  readonly traceparent?: string;
  /** Requests made for the message. */
  readonly attempts: number;
  /** When its key was stored: after it was sent, by the wall clock of who sent it. Milliseconds since 1970. */
  readonly settledMs: number;
}

export type KnownMessage = { readonly kind: 'sending' } | Settlement;
