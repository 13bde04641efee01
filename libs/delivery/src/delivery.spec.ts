import { describe, expect, it } from '@jest/globals';
import type { DeliveryStatus } from '@parley/contracts';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { deliveryOf } from './delivery.ts';
import type { DeliveryNews } from './delivery.ts';

/** The rule once more, in other words than the code’s. */
const RANK = { accepted: 1, sent: 2, failed: 3, delivered: 4, read: 5 } as const;
const STATUSES = Object.keys(RANK) as DeliveryStatus[];

function newsOf(status: DeliveryStatus, copy = 1): DeliveryNews {
  return { key: 'a', status, timeMs: copy, receivedMs: copy };
}

function rankOf(news: readonly DeliveryNews[]): number {
  const { state } = deliveryOf(news);
  return state === undefined ? 0 : RANK[state];
}

/** Some of the statuses, each in 1 to 11 copies, in any order. */
const reported = fc
  .subarray(STATUSES)
  .chain((statuses) =>
    fc.tuple(
      ...statuses.map((status) =>
        fc
          .integer({ min: 1, max: 11 })
          .map((copies) => Array.from({ length: copies }, (_, copy) => newsOf(status, copy))),
      ),
    ),
  )
  .map((copies) => copies.flat());
const reordered = reported.chain((news) =>
  fc.shuffledSubarray(news, { minLength: news.length, maxLength: news.length }),
);

describe('deliveryOf', () => {
  it('knows nothing of a message without news', () => {
    expect(deliveryOf([])).toEqual({ state: undefined, history: [] });
  });

  it.each<[DeliveryStatus[], DeliveryStatus]>([
    [['accepted', 'sent', 'delivered', 'read'], 'read'],
    [['read'], 'read'],
    [['read', 'delivered', 'sent', 'accepted'], 'read'],
    [['sent', 'failed'], 'failed'],
    [['failed', 'sent'], 'failed'],
    [['failed', 'delivered'], 'delivered'],
    [['delivered', 'failed'], 'delivered'],
  ])('after %j the state is %s, and the history has them all', (statuses, state) => {
    const delivery = deliveryOf(statuses.map((status) => newsOf(status)));
    expect(delivery.state).toBe(state);
    expect(delivery.history.map(({ status }) => status)).toEqual(statuses);
  });

  it('never goes backwards, in any order of the statuses', () => {
    for (const order of permutationsOf(STATUSES)) {
      const news = order.map((status) => newsOf(status));
      const ranks = news.map((_, index) => rankOf(news.slice(0, index + 1)));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      expect(ranks.at(-1)).toBe(RANK.read);
    }
  });

  it('never goes backwards, ends the same, and keeps the first of each, however often and in whatever order they come', () => {
    fc.assert(
      fc.property(reordered, (news) => {
        const ranks = news.map((_, index) => rankOf(news.slice(0, index + 1)));
        expect(ranks.every((rank, index) => rank >= (ranks[index - 1] ?? 0))).toBe(true);
        expect(rankOf(news)).toBe(Math.max(0, ...news.map(({ status }) => RANK[status])));
        const statuses = [...new Set(news.map(({ status }) => status))];
        expect(deliveryOf(news).history).toEqual(
          statuses.map((status) => news.find((each) => each.status === status)),
        );
      }),
      { numRuns: propertyRuns() },
    );
  });
});

function permutationsOf<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutationsOf(items.toSpliced(index, 1)).map((others) => [item, ...others]),
  );
}
