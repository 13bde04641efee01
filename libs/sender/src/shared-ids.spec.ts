import { describe, expect, it } from '@jest/globals';
import { acceptAll, outboundMessage } from '@parley/testing';
import type { FakeClock } from '@parley/testing';
import { InProcessMessageStore } from './in-process-message-store.ts';
import type { MessageStore } from './message-store.ts';
import type { OutboundMessage } from './message.ts';
import type { Settlement } from './outcome.ts';
import { senderUnderTest } from './testing/sender-under-test.ts';
import type { Circumstances } from './testing/sender-under-test.ts';
import { storeThat } from './testing/store-that.ts';

/** A store that says of every id it gives away that its holder died with it. */
function afterDeaths(clock: FakeClock): MessageStore {
  const store = new InProcessMessageStore({ clock, ttlMs: 3_600_000, maxRemembered: 1000 });
  const claim = store.claim.bind(store);
  store.claim = async (requests) => {
    const claims = await claim(requests);
    return claims.map((one) => (one.kind === 'claimed' ? { ...one, maybeSent: 'holder-died' } : one));
  };
  return store;
}

/** A store that answered one claim, that the first id is being sent elsewhere, and was never heard of again. */
function away(clock: FakeClock, leaseMs: number): MessageStore {
  const gone = () => Promise.reject(new Error('away'));
  const store = storeThat(gone);
  store.claim = (requests) => {
    store.claim = gone;
    const ended = async () => {
      await clock.sleep(leaseMs);
      return gone();
    };
    return Promise.resolve(
      requests.map((_, index) =>
        index === 0 ? { kind: 'in-flight', ended } : { kind: 'claimed', maybeSent: false },
      ),
    );
  };
  return store;
}

describe('An id whose holder died', () => {
  it('ends as unknown without a request when its message is not to be sent twice', async () => {
    const { clock, provider, events, store, submit } = senderUnderTest(undefined, { store: afterDeaths });
    const message = outboundMessage({ ambiguousSends: 'report' });
    const results = await submit([message]);
    await clock.advance(1000);
    expect(results.ended).toMatchObject([{ outcome: { kind: 'unknown' }, attempts: 0 }]);
    expect(provider.requests).toHaveLength(0);
    expect(events.filter(({ kind }) => kind === 'ambiguous')).toMatchObject([
      { messageId: message.messageId, policy: 'report', cause: 'holder-died' },
    ]);
    expect(await store.claim([{ message, holder: 'other' }])).toMatchObject([{ kind: 'settled' }]);
  });

  it('ends as unknown also when such a message is given up while that is being stored', async () => {
    const { clock, store, abort, submit } = senderUnderTest(undefined, { store: afterDeaths });
    const settle = store.settle.bind(store);
    store.settle = async (ends) => {
      await clock.sleep(100);
      return settle(ends);
    };
    const results = await submit([outboundMessage({ ambiguousSends: 'report' })]);
    await clock.advance(50);
    abort.abort();
    await clock.advance(200);
    expect(results.kinds).toEqual(['unknown']);
  });

  it('is sent when its message may be sent twice, and that is told', async () => {
    const { clock, provider, events, submit } = senderUnderTest(undefined, { store: afterDeaths });
    const message = outboundMessage({ ambiguousSends: 'resend' });
    const results = await submit([message]);
    await clock.advance(1000);
    expect(results.kinds).toEqual(['accepted']);
    expect(provider.messageIds).toEqual([message.messageId]);
    expect(events.filter(({ kind }) => kind === 'ambiguous')).toMatchObject([
      { messageId: message.messageId, policy: 'resend', cause: 'holder-died' },
    ]);
  });

  it('does not hold up the others of its request', async () => {
    const { clock, provider, submit } = senderUnderTest(undefined, { store: afterDeaths });
    await submit([
      outboundMessage({ messageId: 'reported', ambiguousSends: 'report' }),
      outboundMessage({ messageId: 'resent', phoneNumber: '+14155550199' }),
    ]);
    await clock.advance(10);
    expect(provider.messageIds).toEqual(['resent']);
  });

  it.each([
    ['report', 'bulk'],
    ['report', 'interactive'],
    ['resend', 'bulk'],
    ['resend', 'interactive'],
  ] as const)(
    'is left to the next as it was found when its %s message of %s traffic is given up while it is claimed',
    async (ambiguousSends, traffic) => {
      const { clock, provider, store, abort, submit } = senderUnderTest(undefined, { claimMs: 50 });
      const message = outboundMessage({ ambiguousSends });
      const dead = store.claim([{ message, holder: 'dead' }]);
      await clock.advance(50);
      await dead;
      await store.abandon([{ message, holder: 'dead' }]);
      const results = await submit([message], traffic);
      await clock.advance(10);
      abort.abort();
      await clock.advance(100);
      expect(results.kinds).toEqual(['unsent DEADLINE_EXCEEDED']);
      expect(provider.requests).toHaveLength(0);
      const again = store.claim([{ message, holder: 'other' }]);
      await clock.advance(100);
      expect(await again).toEqual([{ kind: 'claimed', maybeSent: 'abandoned' }]);
    },
  );

  it.each(['report', 'resend'] as const)(
    'ends also when its %s message is given up while it is claimed, and the unknown end of another of its call is stored',
    async (ambiguousSends) => {
      const { clock, provider, store, sender, abort, submit } = senderUnderTest(
        () => ({ kind: 'ambiguous', message: 'no answer' }),
        { batch: 1, claimMs: 30 },
      );
      const message = outboundMessage({ ambiguousSends });
      const dead = store.claim([{ message, holder: 'dead' }]);
      await clock.advance(30);
      await dead;
      await store.abandon([{ message, holder: 'dead' }]);
      const settle = store.settle.bind(store);
      store.settle = async (ends) => {
        await clock.sleep(100);
        return settle(ends);
      };
      const claimed: string[] = [];
      const claim = store.claim.bind(store);
      store.claim = (requests) => {
        claimed.push(...requests.map((request) => request.message.messageId));
        return claim(requests);
      };
      const unanswered = outboundMessage({ phoneNumber: '+14155550199' });
      const results = await submit([unanswered, message], 'interactive');
      // Permits are 100 ms apart, and claiming takes 30 ms of that.
      await clock.advance(115);
      expect(provider.messageIds).toEqual([unanswered.messageId]);
      expect(claimed.at(-1)).toBe(message.messageId);
      abort.abort();
      await clock.advance(500);
      expect(results.kinds.toSorted()).toEqual(['unknown', 'unsent DEADLINE_EXCEEDED']);
      expect(sender.messagesWaiting).toBe(0);
      expect(provider.messageIds).toEqual([unanswered.messageId]);
      const again = store.claim([{ message, holder: 'other' }]);
      await clock.advance(30);
      expect(await again).toEqual([{ kind: 'claimed', maybeSent: 'abandoned' }]);
    },
  );
});

describe('An id whose message is given up while its end is being stored', () => {
  it.each(['bulk', 'interactive'] as const)(
    'ends so, and is given to nobody meanwhile (%s)',
    async (traffic) => {
      const { clock, provider, store, abort, submit } = senderUnderTest(() => ({
        kind: 'unavailable',
        message: 'down',
      }));
      const settle = store.settle.bind(store);
      store.settle = async (ends) => {
        await clock.sleep(100);
        return settle(ends);
      };
      const message = outboundMessage({ expireTimeMs: clock.now() + 200 });
      const results = await submit([message], traffic);
      // At 250 ms it is found that its time is over.
      await clock.advance(300);
      abort.abort();
      await clock.advance(0);
      expect(await store.claim([{ message, holder: 'next' }])).toMatchObject([{ kind: 'in-flight' }]);
      await clock.advance(100);
      expect(results.kinds).toEqual(['expired']);
      expect(await store.claim([{ message, holder: 'next' }])).toMatchObject([{ kind: 'settled' }]);
      expect(provider.requests).toHaveLength(2);
    },
  );
});

const settlement: Settlement = {
  kind: 'settled',
  outcome: { kind: 'accepted', key: 'theirs' },
  attempts: 2,
  duplicate: false,
};

describe('An id that another replica is sending', () => {
  it('waits for the outcome there, and tells it as it was', async () => {
    const { clock, provider, store, submit } = senderUnderTest();
    const message = outboundMessage();
    await store.claim([{ message, holder: 'other' }]);
    const results = await submit([message]);
    await clock.advance(5000);
    expect(results.kinds).toEqual([]);
    await store.settle([{ message, holder: 'other', settlement }]);
    await clock.advance(10);
    expect(results.ended).toEqual([{ ...settlement, duplicate: true }]);
    expect(provider.requests).toHaveLength(0);
  });

  it('is sent here once it was given up there', async () => {
    const { clock, provider, store, submit } = senderUnderTest();
    const message = outboundMessage();
    await store.claim([{ message, holder: 'other' }]);
    const results = await submit([message]);
    await clock.advance(5000);
    await store.release([{ message, holder: 'other' }]);
    await clock.advance(500);
    expect(results.kinds).toEqual(['accepted']);
    expect(provider.messageIds).toEqual([message.messageId]);
  });

  it('is sent here, and told as maybe sent before, once it was abandoned there', async () => {
    const { clock, provider, events, store, submit } = senderUnderTest();
    const message = outboundMessage();
    await store.claim([{ message, holder: 'other' }]);
    const results = await submit([message]);
    await clock.advance(5000);
    await store.abandon([{ message, holder: 'other' }]);
    await clock.advance(500);
    expect(results.kinds).toEqual(['accepted']);
    expect(provider.messageIds).toEqual([message.messageId]);
    expect(events.filter(({ kind }) => kind === 'ambiguous')).toMatchObject([{ cause: 'abandoned' }]);
  });

  it('keeps what follows to its recipient behind it, and holds up nobody else', async () => {
    const { clock, provider, store, submit } = senderUnderTest();
    const elsewhere = { message: outboundMessage({ messageId: 'first' }), holder: 'elsewhere:1' };
    await store.claim([elsewhere]);
    await submit([
      elsewhere.message,
      outboundMessage({ messageId: 'second' }),
      outboundMessage({ messageId: 'other', phoneNumber: '+14155550199' }),
    ]);
    await clock.advance(2000);
    expect(provider.messageIds).toEqual(['other']);
    await store.release([elsewhere]);
    await clock.advance(2000);
    expect(provider.messageIds).toEqual(['other', 'first', 'second']);
  });

  it.each([
    ['resend', ['accepted', 'accepted']],
    ['report', ['unknown', 'accepted']],
  ] as const)(
    'is taken for one whose holder died when nobody could be asked for its lease, and holds up nobody longer (%s)',
    async (ambiguousSends, kinds) => {
      const leaseMs = 30_000;
      const { clock, provider, events, submit } = senderUnderTest(undefined, {
        store: (clock) => away(clock, leaseMs),
      });
      const message = outboundMessage({ messageId: 'first', ambiguousSends });
      const results = await submit([message, outboundMessage({ messageId: 'second' })]);
      await clock.advance(leaseMs - 1);
      expect(results.kinds).toEqual([]);
      await clock.advance(1000);
      expect(results.kinds).toEqual(kinds);
      expect(provider.messageIds).toEqual(ambiguousSends === 'resend' ? ['first', 'second'] : ['second']);
      expect(events.filter(({ kind }) => kind === 'ambiguous')).toMatchObject([
        { messageId: 'first', policy: ambiguousSends, cause: 'holder-died' },
      ]);
    },
  );

  it('ends for who gives it up here, and stays with whom it is', async () => {
    const { clock, store, abort, submit } = senderUnderTest();
    const message = outboundMessage();
    await store.claim([{ message, holder: 'other' }]);
    const results = await submit([message]);
    await clock.advance(100);
    abort.abort();
    await clock.advance(10);
    expect(results.kinds).toEqual(['unsent DEADLINE_EXCEEDED']);
    expect(await store.claim([{ message, holder: 'third' }])).toMatchObject([{ kind: 'in-flight' }]);
  });
});

describe('An id that was lost to another replica while it was sent here', () => {
  it('ends as the other told it, once: what was sent here is a duplicate, whose key is known all the same', async () => {
    const { clock, events, store, submit } = senderUnderTest(undefined, { latencyMs: 100 });
    const message = outboundMessage({ messageId: 'lost' });
    const results = await submit([message, outboundMessage({ messageId: 'kept' })]);
    await clock.advance(50);
    await store.settle([{ message, holder: 'other', settlement }]);
    await clock.advance(1000);
    expect(results.ended).toMatchObject([
      { ...settlement, duplicate: true },
      { outcome: { key: 'whatsapp-kept' }, duplicate: false },
    ]);
    expect(events.filter(({ kind }) => kind === 'settled')).toMatchObject([
      { messageId: 'lost', duplicate: true },
      { messageId: 'kept', duplicate: false },
    ]);
    expect(await store.findByKeys('default', ['theirs', 'whatsapp-lost'])).toMatchObject([
      { messageId: 'lost' },
      { messageId: 'lost' },
    ]);
  });

  it('lets what waits behind it leave once it has ended there, also an id that repeats itself', async () => {
    const { clock, provider, store, submit } = senderUnderTest((request, index) =>
      index === 0 ? { kind: 'ambiguous', message: 'no answer' } : acceptAll(request),
    );
    const lose = losing(store);
    const lost = outboundMessage({ messageId: 'lost' });
    const behind = outboundMessage({ messageId: 'behind' });
    const results = await submit([lost, behind, { ...behind }]);
    await clock.advance(10);
    await lose(lost);
    await clock.advance(5_000);
    expect(provider.requests).toHaveLength(1);
    await store.settle([{ message: lost, holder: 'other', settlement }]);
    await clock.advance(1_000);
    expect(results.ended).toMatchObject([
      { ...settlement, duplicate: true },
      { outcome: { key: 'whatsapp-behind' }, duplicate: false },
      { outcome: { key: 'whatsapp-behind' }, duplicate: true },
    ]);
  });

  it('is waited for when it cannot be claimed again at the end of its time here', async () => {
    const { clock, provider, store, submit } = senderUnderTest((_request, index) =>
      index === 0
        ? { kind: 'ambiguous', message: 'no answer' }
        : { kind: 'account-refused', reason: 'blocked', message: 'blocked' },
    );
    const lose = losing(store);
    const message = outboundMessage({ expireTimeMs: clock.now() + 700 });
    const results = await submit([message]);
    await clock.advance(10);
    await lose(message);
    await submit([outboundMessage({ phoneNumber: '+14155550199' })]);
    await clock.advance(2000);
    expect(results.kinds).toEqual([]);
    await store.settle([{ message, holder: 'other', settlement }]);
    await clock.advance(1000);
    expect(results.ended).toEqual([{ ...settlement, duplicate: true }]);
    expect(provider.messageIds.filter((id) => id === message.messageId)).toHaveLength(1);
  });

  it.each<[string, Circumstances, number]>([
    ['rests after unanswered requests', {}, 2],
    [
      'waits for a connection',
      {
        provider: (_, clock) => ({
          send: async (_messages, { mayLeave }) => {
            await clock.sleep(5000);
            return mayLeave() ? { kind: 'accepted', keys: ['ours'] } : { kind: 'cancelled' };
          },
        }),
      },
      0,
    ],
  ])(
    'is waited for when that is found out at the end of its time, while its message %s',
    async (_name, circumstances, attempts) => {
      const { clock, provider, events, store, submit } = senderUnderTest(
        () => ({ kind: 'ambiguous', message: 'no answer' }),
        { ...circumstances, random: () => 0.999 },
      );
      const lose = losing(store);
      const message = outboundMessage({ expireTimeMs: clock.now() + 450 });
      const results = await submit([message]);
      await clock.advance(300);
      await lose(message);
      await clock.advance(10_000);
      expect(results.kinds).toEqual([]);
      expect(await store.settle([{ message, holder: 'other', settlement }])).toEqual([undefined]);
      await clock.advance(1000);
      expect(results.ended).toEqual([{ ...settlement, duplicate: true }]);
      expect(provider.messageIds).toHaveLength(attempts);
      expect(events.filter(({ kind }) => kind === 'settled')).toHaveLength(1);
    },
  );
});

/** Gives an id that the sender claimed to another replica, as happens to one that was silent for too long. */
function losing(store: MessageStore): (message: OutboundMessage) => Promise<void> {
  const holders: string[] = [];
  const claim = store.claim.bind(store);
  store.claim = (requests) => {
    holders.push(...requests.map(({ holder }) => holder));
    return claim(requests);
  };
  return async (message) => {
    await store.release(holders.map((holder) => ({ message, holder })));
    await claim([{ message, holder: 'other' }]);
  };
}
