import type { OutboundMessage } from './message.ts';
import type { Settlement } from './outcome.ts';

/**
 * What is remembered about messages: ids that are being sent or were settled, and which message a provider's key
 * belongs to. Each method takes a whole batch, so that a store over the network costs one round trip.
 */
export interface MessageStore {
  /** Marks each id as being sent, in order, unless it is known. One answer per message. */
  claim(messages: readonly OutboundMessage[]): Promise<readonly Claim[]>;

  /** Remembers how claimed messages ended, and their keys. Resolves when that is stored. */
  settle(ends: readonly { message: OutboundMessage; settlement: Settlement }[]): Promise<void>;

  /** Forgets claims whose messages were surely not sent: their ids are free again. */
  release(messages: readonly OutboundMessage[]): Promise<void>;

  /** The message that a provider's key belongs to, while it is remembered. */
  findByKey(account: string, key: string): Promise<SentMessage | undefined>;
}

export type Claim =
  /** The id is ours to send. */
  | { readonly kind: 'claimed' }
  /** It was settled before. */
  | { readonly kind: 'settled'; readonly settlement: Settlement }
  /** Somebody is sending it. `ended` resolves with the settlement, or undefined when it was given up unsent. */
  | { readonly kind: 'in-flight'; readonly ended: Promise<Settlement | undefined> }
  /** The id was used with other content. */
  | { readonly kind: 'conflict' };

/** What a delivery status is brought back to its sender with. */
export interface SentMessage {
  readonly messageId: string;
  readonly account: string;
  readonly phoneNumber: string;
  readonly metadata: Readonly<Record<string, string>>;
}
