import { Inject, Injectable } from '@nestjs/common';
import { deliveryOf } from '@parley/delivery';
import type { Delivery, DeliveryStore } from '@parley/delivery';
import type { MessageStore, Settlement } from '@parley/sender';
import { STORES } from '../sending/stores-token.ts';
import type { Stores } from '../sending/stores.ts';

/** By the caller's id, or by the provider's key. */
export type MessageName = { readonly messageId: string } | { readonly key: string };

/** Everything that is remembered about one message. */
export interface TrackedMessage {
  /** Undefined when only statuses of its key are known: sent elsewhere, or forgotten. */
  readonly messageId: string | undefined;
  /** Undefined before the provider accepted it. */
  readonly key: string | undefined;
  /** How sending it ended; undefined while it has not, or when that is forgotten. */
  readonly settlement: Settlement | undefined;
  /** Requests made for it. */
  readonly attempts: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly delivery: Delivery;
}

/** Brings together what the sender remembers of a message and what callbacks told about it. */
@Injectable()
export class MessageLookup {
  readonly #messages: MessageStore;
  readonly #deliveries: DeliveryStore;

  constructor(@Inject(STORES) { messages, deliveries }: Stores) {
    this.#messages = messages;
    this.#deliveries = deliveries;
  }

  /** Undefined when nothing is remembered. Rejects while the stores are away. */
  find(account: string, name: MessageName): Promise<TrackedMessage | undefined> {
    return 'key' in name ? this.#byKey(account, name.key) : this.#byId(account, name.messageId);
  }

  async #byId(account: string, messageId: string): Promise<TrackedMessage | undefined> {
    const known = await this.#messages.findById(account, messageId);
    if (!known) return undefined;
    const settlement = known.kind === 'settled' ? known : undefined;
    const key = settlement && keyOf(settlement);
    const tracked = key === undefined ? undefined : await this.#byKey(account, key);
    return {
      messageId,
      key,
      settlement,
      attempts: settlement?.attempts ?? 0,
      metadata: tracked?.metadata ?? {},
      delivery: tracked?.delivery ?? deliveryOf([]),
    };
  }

  async #byKey(account: string, key: string): Promise<TrackedMessage | undefined> {
    const [[sent], news] = await Promise.all([
      this.#messages.findByKeys(account, [key]),
      this.#deliveries.find(account, key),
    ]);
    if (!sent && news.length === 0) return undefined;
    const known = sent && (await this.#messages.findById(account, sent.messageId));
    // An id whose request was made twice has two keys, and its settlement names one of them.
    const settlement = known?.kind === 'settled' && keyOf(known) === key ? known : undefined;
    return {
      messageId: sent?.messageId,
      key,
      settlement,
      attempts: settlement?.attempts ?? sent?.attempts ?? 0,
      metadata: sent?.metadata ?? {},
      delivery: deliveryOf(news),
    };
  }
}

function keyOf({ outcome }: Settlement): string | undefined {
  return outcome.kind === 'accepted' ? outcome.key : undefined;
}
