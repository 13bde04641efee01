import type { DeliveryStatus, StatusError } from '@parley/contracts';

/** What a callback can tell of a message: how its delivery goes, or that a user wrote it. */
export type NewsStatus = DeliveryStatus | 'inbound';

/**
 * One status of one message, as a callback told it. Has a key, a WhatsApp id, or both; a message that a user wrote has a
 * WhatsApp id, and is told once like any status.
 */
export interface StatusNews {
  /** The provider's key. */
  readonly key?: string;
  /** WhatsApp's own message id. */
  readonly wamid?: string;
  readonly status: NewsStatus;
  /** When it happened, by the provider's clock. Milliseconds since 1970. */
  readonly timeMs: number;
  /** When the callback came. Milliseconds since 1970. */
  readonly receivedMs: number;
  /** Only when failed. */
  readonly error?: StatusError;
}

/**
 * What has been told about each message: so that each status of it is told once, and that its state can be asked for.
 *
 * A message goes by its key and by its WhatsApp id: news with both join them, and a status that was told under one of
 * them counts as told under the other. A WhatsApp id belongs for good to the first key that it came with: news of it with
 * another key count as that one's, and join nothing. Each method takes what one callback brought, of one account, in one round trip,
 * and ends by itself within about a second, with an answer or a rejection.
 */
export interface DeliveryStore {
  /** The key that goes with each WhatsApp id, where news with both have come, told or not. */
  keysOf(account: string, wamids: readonly string[]): Promise<readonly (string | undefined)[]>;

  /**
   * Takes news for telling, in order. The holder has `leaseMs` to tell them; after that somebody else may.
   * Whoever has them already takes them again.
   */
  claim(
    account: string,
    news: readonly StatusNews[],
    options: { readonly holder: string; readonly leaseMs: number },
  ): Promise<readonly NewsClaim[]>;

  /** They were told, for good: remembered as the message's history. The first of each status stays. */
  settle(account: string, news: readonly StatusNews[]): Promise<void>;

  /** They could not be told: whoever comes with them next may. Does nothing to news that another one holds. */
  release(account: string, news: readonly StatusNews[], options: { readonly holder: string }): Promise<void>;

  /** Everything that was told about a message, in the order it was told; empty when nothing was, or it is forgotten. */
  find(account: string, key: string): Promise<readonly StatusNews[]>;
}

export type NewsClaim =
  /** To be told by the holder. */
  | 'ours'
  /** Told before. */
  | 'told'
  /** Somebody else is telling it now. The second of two equal ones in one call is this, too. */
  | 'elsewhere';
