import { describe, expect, it } from '@jest/globals';
import { outboundMessage } from '@parley/testing';
import type { FakeClock } from '@parley/testing';
import { InProcessMessageStore } from './in-process-message-store.ts';
import type { MessageStore } from './message-store.ts';
import type { Settlement } from './outcome.ts';
import { senderUnderTest } from './testing/sender-under-test.ts';

/** A store that says of every id it gives away that its holder died with it. */
function afterDeaths(clock: FakeClock, claimMs = 0): MessageStore {
  const store = new InProcessMessageStore({ clock, ttlMs: 3_600_000, maxRemembered: 1000 });
  const claim = store.claim.bind(store);
  store.claim = async (requests) => {
    if (claimMs > 0) await clock.sleep(claimMs);
    const claims = await claim(requests);
    return claims.map((one) => (one.kind === 'claimed' ? { ...one, maybeSent: true } : one));
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

  it.each(['report', 'resend'] as const)(
    'ends as unknown, and is not left to nobody, when its %s message is given up while it is claimed',
    async (ambiguousSends) => {
      const { clock, provider, store, abort, submit } = senderUnderTest(undefined, {
        store: (fake) => afterDeaths(fake, 50),
      });
      const message = outboundMessage({ ambiguousSends });
      await submit([message]);
      await clock.advance(10);
      abort.abort();
      await clock.advance(100);
      expect(provider.requests).toHaveLength(0);
      const again = store.claim([{ message, holder: 'other' }]);
      await clock.advance(100);
      expect(await again).toMatchObject([{ kind: 'settled', settlement: { outcome: { kind: 'unknown' } } }]);
    },
  );
});

describe('An id that another replica is sending', () => {
  const settlement: Settlement = {
    kind: 'settled',
    outcome: { kind: 'accepted', key: 'theirs' },
    attempts: 1,
    duplicate: false,
  };

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
