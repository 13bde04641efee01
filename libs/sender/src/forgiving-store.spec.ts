import { describe, expect, it } from '@jest/globals';
import { FakeClock, outboundMessage } from '@parley/testing';
import type { SenderEvent } from './events.ts';
import { ForgivingStore } from './forgiving-store.ts';
import { InProcessMessageStore } from './in-process-message-store.ts';
import type { Settlement } from './outcome.ts';
import { storeThat } from './testing/store-that.ts';

const message = outboundMessage();
const request = { message, holder: 'a:1' };
const settlement: Settlement = {
  kind: 'settled',
  outcome: { kind: 'accepted', key: 'key-1' },
  attempts: 1,
  duplicate: false,
};

describe('ForgivingStore', () => {
  it('hands on what the store answers, and tells nothing', async () => {
    const events: SenderEvent[] = [];
    const memory = new InProcessMessageStore({ clock: new FakeClock(), ttlMs: 1000, maxRemembered: 10 });
    const store = new ForgivingStore(memory, 'default', (event) => void events.push(event));
    expect(await store.claim([request])).toEqual([{ kind: 'claimed', maybeSent: false }]);
    await store.release([request]);
    expect(await store.claim([{ message, holder: 'b:1' }])).toEqual([{ kind: 'claimed', maybeSent: false }]);
    await store.abandon([{ message, holder: 'b:1' }]);
    expect(await store.claim([request])).toEqual([{ kind: 'claimed', maybeSent: 'abandoned' }]);
    expect(await store.settle([{ ...request, settlement }])).toEqual([undefined]);
    expect(await store.settle([{ message, holder: 'c:1', settlement }])).toEqual([settlement]);
    expect(await store.claim([request])).toEqual([{ kind: 'settled', settlement }]);
    expect(events).toEqual([]);
  });

  it('lets every message go out when the store is away, and says each time for how many that was', async () => {
    const events: SenderEvent[] = [];
    const code = 'REDIS_AWAY';
    const error = Object.assign(new Error('away'), { code });
    const fails = () => Promise.reject(error);
    const store = new ForgivingStore(storeThat(fails), 'default', (event) => void events.push(event));
    const free = { kind: 'claimed', maybeSent: false };
    expect(await store.claim([request, request])).toEqual([free, free]);
    expect(await store.settle([{ ...request, settlement }])).toEqual([undefined]);
    await store.release([request, request, request]);
    await store.abandon([request, request]);
    expect(events).toEqual([
      { kind: 'store-failed', account: 'default', step: 'claim', messages: 2, code },
      { kind: 'store-failed', account: 'default', step: 'settle', messages: 1, code },
      { kind: 'store-failed', account: 'default', step: 'release', messages: 3, code },
      { kind: 'store-failed', account: 'default', step: 'abandon', messages: 2, code },
    ]);
  });

  it('does not ask the store about nothing', async () => {
    const events: SenderEvent[] = [];
    const fails = () => Promise.reject(new Error('asked'));
    const store = new ForgivingStore(storeThat(fails), 'default', (event) => void events.push(event));
    expect(await store.claim([])).toEqual([]);
    expect(await store.settle([])).toEqual([]);
    await store.release([]);
    await store.abandon([]);
    expect(events).toEqual([]);
  });
});
