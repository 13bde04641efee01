import { describe, expect, it } from '@jest/globals';
import type { StatusNews } from './delivery-store.ts';
import { LateSettles } from './late-settles.ts';

function newsOf(key: string): StatusNews {
  return { key, status: 'sent', timeMs: 1, receivedMs: 2 };
}

function setUp({ maxNews = 10 } = {}) {
  const calls: string[] = [];
  const refused = new Set<string>();
  const store = {
    settle: (account: string, news: readonly StatusNews[]) => {
      calls.push(`${account}: ${news.map(({ key }) => key).join(' ')}`);
      return refused.has(account) ? Promise.reject(new Error('no')) : Promise.resolve();
    },
  };
  return { calls, refused, late: new LateSettles({ store, maxNews }) };
}

describe('LateSettles', () => {
  it('settles what waits once, of one account in one call, in order', async () => {
    const { calls, late } = setUp();
    late.add('a', [newsOf('1'), newsOf('2')]);
    late.add('b', [newsOf('3')]);
    late.add('a', [newsOf('4')]);
    await Promise.all([late.settle(), late.settle()]);
    await late.settle();
    expect(calls).toEqual(['a: 1 2 4', 'b: 3']);
  });

  it('keeps what is refused, and lets the others go first next time', async () => {
    const { calls, refused, late } = setUp();
    refused.add('a');
    late.add('a', [newsOf('1')]);
    late.add('b', [newsOf('2')]);
    await late.settle();
    expect(calls).toEqual(['a: 1']);
    refused.clear();
    await late.settle();
    expect(calls).toEqual(['a: 1', 'b: 2', 'a: 1']);
  });

  it('keeps so many and no more: the newest', async () => {
    const { calls, late } = setUp({ maxNews: 2 });
    late.add('a', [newsOf('1'), newsOf('2')]);
    late.add('a', [newsOf('3')]);
    await late.settle();
    expect(calls).toEqual(['a: 2 3']);
  });
});
