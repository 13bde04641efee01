import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { MAX_CALLBACKS } from './callback-book.ts';
import { CallbacksUnderTest } from './callbacks-under-test.ts';

describe('CallbackBook', () => {
  it('finds the newest callbacks, oldest first, and those of one message', async () => {
    const test = new CallbacksUnderTest();
    for (const key of ['a', 'b', 'c']) test.send(key);
    await test.clock.advanceTo(400);
    const found = test.book.find({ limit: 6 });
    expect(found.map(({ key, event, state }) => [key, event, state])).toEqual([
      ['b', 'delivered', 'waiting'],
      ['b', 'read', 'waiting'],
      ['c', 'accepted', 'delivered'],
      ['c', 'sent', 'delivered'],
      ['c', 'delivered', 'waiting'],
      ['c', 'read', 'waiting'],
    ]);
    expect(new Set(test.book.find({ limit: 100 }).map(({ id }) => id)).size).toBe(12);
    expect(test.book.byKey('a')).toHaveLength(4);
    expect(test.book.find({ key: 'a', limit: 1 })).toMatchObject([{ key: 'a', event: 'read' }]);
    expect(test.book.byKey('x')).toEqual([]);
    expect(test.book.attempts({ limit: 100 }).map(({ key, event }) => `${event} ${key}`)).toEqual([
      'accepted a',
      'accepted b',
      'accepted c',
      'sent a',
      'sent b',
      'sent c',
    ]);
    expect(test.book.attempts({ key: 'b', limit: 100 })).toHaveLength(2);
  });

  it('makes room by what was over first, then takes no more and counts it', async () => {
    const test = new CallbacksUnderTest({ settings: { readAfterMs: 60_000 } });
    test.send('over');
    test.send('over-next');
    await test.clock.advanceTo(60_000);

    const messages = MAX_CALLBACKS / 4;
    for (let index = 2; index < messages; index += 1) test.send(`key-${index}`);
    expect(test.book.byKey('over')).toHaveLength(4);
    test.send('one-more');
    expect(test.book.byKey('over')).toEqual([]);
    expect(test.book.byKey('over-next')).toHaveLength(4);
    test.send('and-another');
    expect(test.callbacks.counts).toEqual({ waiting: MAX_CALLBACKS, retrying: 0, dropped: 0 });

    test.send('too-many');
    expect(test.callbacks.counts).toEqual({ waiting: MAX_CALLBACKS, retrying: 0, dropped: 4 });
    expect(test.book.byKey('too-many')).toEqual([]);
    test.callbacks.reset();
    test.send('after');
    expect(test.book.byKey('after')).toHaveLength(4);
  });
});
