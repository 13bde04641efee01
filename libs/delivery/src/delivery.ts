import type { DeliveryStatus } from '@parley/contracts';
import type { StatusNews } from './delivery-store.ts';

/** What became of one message. */
export interface Delivery {
  /** Undefined before any status came. */
  readonly state: DeliveryStatus | undefined;
  /** The first of each status, in the order they were told; their times are the provider's. */
  readonly history: readonly DeliveryNews[];
}

export type DeliveryNews = StatusNews & { readonly status: DeliveryStatus };

/**
 * What the news of one message say together, in the order they were told.
 *
 * The state never goes backwards, whatever order they came in, and does not depend on it. `failed` gives way to
 * `delivered` and `read`: to a user with several devices a message may fail on one and reach another, in either order.
 * `read` may come without `delivered`: then both happened at once.
 */
export function deliveryOf(news: readonly StatusNews[]): Delivery {
  const firsts = new Map<DeliveryStatus, DeliveryNews>();
  for (const each of news) if (isOfDelivery(each) && !firsts.has(each.status)) firsts.set(each.status, each);
  const state = PROGRESS.findLast((status) => firsts.has(status));
  return { state, history: [...firsts.values()] };
}

function isOfDelivery(news: StatusNews): news is DeliveryNews {
  return news.status !== 'inbound';
}

/** From the least that is known about a message to the most. */
const PROGRESS: readonly DeliveryStatus[] = ['accepted', 'sent', 'failed', 'delivered', 'read'];
