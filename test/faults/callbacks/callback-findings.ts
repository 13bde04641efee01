import type { Delivery } from './callback-poster.ts';
import { idOf } from './status-callback.ts';
import type { ToldStatus } from './status-events.ts';

/** What the comparison of the provider's books with the topic found wrong: ids of callbacks. */
export interface CallbackFindings {
  /** Answered with 2xx, and not on the topic. */
  readonly lost: readonly string[];
  /** On the topic more than once, once for each time too many. */
  readonly doubled: readonly string[];
  /** On the topic, and never posted. */
  readonly phantom: readonly string[];
  /** On the topic before one that was taken earlier, of the same recipient. */
  readonly disordered: readonly string[];
  /** On the topic under more than one `ce_id`: its readers cannot tell that it is the same event. */
  readonly renamed: readonly string[];
}

/**
 * @param deliveries in the order in which they were begun; of one recipient, each after the one before was taken
 * @param told of each partition in its order; a recipient's are all in one partition
 */
export function callbackFindings(
  deliveries: readonly Delivery[],
  told: readonly {
    readonly event: Pick<ToldStatus['event'], 'key' | 'status'>;
    readonly headers: ToldStatus['headers'];
  }[],
): CallbackFindings {
  const firstAt = new Map<string, number>();
  const doubled: string[] = [];
  for (const [index, id] of told.map(({ event }) => idOf(event)).entries()) {
    if (firstAt.has(id)) doubled.push(id);
    else firstAt.set(id, index);
  }
  const posted = new Set(deliveries.map(({ callback }) => idOf(callback)));
  const taken = deliveries.filter(({ wasTaken }) => wasTaken).map(({ callback }) => callback);
  const lost = taken.map(idOf).filter((id) => !firstAt.has(id));
  const phantom = [...firstAt.keys()].filter((id) => !posted.has(id));
  const latest = new Map<string, number>();
  const disordered = taken.flatMap((callback) => {
    const at = firstAt.get(idOf(callback));
    if (at === undefined) return [];
    const before = latest.get(callback.phoneNumber) ?? -1;
    latest.set(callback.phoneNumber, Math.max(at, before));
    return at < before ? [idOf(callback)] : [];
  });
  const copies = Map.groupBy(told, ({ event }) => idOf(event));
  const eventIds = (of: typeof told): number => new Set(of.map(({ headers }) => headers['ce_id'])).size;
  const renamed = [...copies].filter(([, of]) => eventIds(of) > 1).map(([id]) => id);
  return { lost, doubled, phantom, disordered, renamed };
}

export const NOTHING_FOUND: CallbackFindings = {
  lost: [],
  doubled: [],
  phantom: [],
  disordered: [],
  renamed: [],
};
