import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@parley/sender';
import { FakeClock } from '@parley/testing';
import { deliveryStoreConformance } from './delivery-store-conformance.ts';
import type { StatusNews } from './delivery-store.ts';
import { InProcessDeliveryStore } from './in-process-delivery-store.ts';

const store = new InProcessDeliveryStore({ clock: systemClock, ttlMs: 60_000, maxMessages: 10_000 });

deliveryStoreConformance({ describe, it }, 'The memory of one process', () => store);

function setUp({ ttlMs = 1_000, maxMessages = 3 } = {}) {
  const clock = new FakeClock();
  const memory = new InProcessDeliveryStore({ clock, ttlMs, maxMessages });
  const isTold = async (news: StatusNews) =>
    (await memory.claim('default', [news], { holder: 'b:1', leaseMs: 100 }))[0] === 'told';
  return { clock, memory, isTold };
}

function sent(key: string): StatusNews {
  return { key, wamid: `wamid.${key}`, status: 'sent', timeMs: 1, receivedMs: 2 };
}

describe('InProcessDeliveryStore', () => {
  it('forgets a message when the time since its last news is over, and not before', async () => {
    const { clock, memory, isTold } = setUp({ ttlMs: 1_000 });
    await memory.settle('default', [sent('a')]);
    await clock.advance(900);
    await memory.settle('default', [{ ...sent('a'), status: 'read' }]);
    await clock.advance(999);
    expect(await memory.find('default', 'a')).toHaveLength(2);
    await clock.advance(1);
    expect(await memory.find('default', 'a')).toEqual([]);
    expect(await memory.keysOf('default', ['wamid.a'])).toEqual([undefined]);
    expect(await isTold(sent('a'))).toBe(false);
  });

  it('forgets the messages first whose news are oldest, when there are too many', async () => {
    const { memory } = setUp({ maxMessages: 3 });
    for (const key of ['a', 'b', 'c']) await memory.settle('default', [sent(key)]);
    await memory.settle('default', [{ ...sent('a'), status: 'read' }, sent('d')]);
    const found = await Promise.all(['a', 'b', 'c', 'd'].map((key) => memory.find('default', key)));
    expect(found.map(({ length }) => length)).toEqual([2, 0, 1, 1]);
  });

  it('gives a status away exactly when the lease of its holder is over', async () => {
    const { clock, memory } = setUp();
    const claim = (holder: string) => memory.claim('default', [sent('a')], { holder, leaseMs: 100 });
    expect(await claim('a:1')).toEqual(['ours']);
    await clock.advance(99);
    expect(await claim('b:1')).toEqual(['elsewhere']);
    await clock.advance(1);
    expect(await claim('b:1')).toEqual(['ours']);
  });
});
