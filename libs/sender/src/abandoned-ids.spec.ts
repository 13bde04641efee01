import { describe, expect, it } from '@jest/globals';
import { outboundMessage } from '@parley/testing';
import type { ProviderAnswer } from './provider.ts';
import { senderUnderTest } from './testing/sender-under-test.ts';
import type { Circumstances, ProviderScript, SenderUnderTest } from './testing/sender-under-test.ts';

const UNANSWERED = { kind: 'ambiguous', message: 'no answer' } as const;
const CLAIMED_MAYBE_SENT = { kind: 'claimed', maybeSent: 'abandoned' };
const RECIPIENT = '+14155550199';
/** Answers to the repetition: none of them says anything of the request before. */
const TO_THE_REPETITION: readonly ProviderAnswer[] = [
  UNANSWERED,
  { kind: 'unavailable', message: 'down' },
  { kind: 'throttled', message: 'slow down', retryAfterMs: 0 },
];
const UNKNOWN = {
  kind: 'unknown',
  error: { reason: 'OUTCOME_UNKNOWN', message: 'no answer', retryable: false },
};

/** A sender whose first request is not answered. */
function afterAnUnansweredRequest(circumstances: Circumstances = {}): SenderUnderTest {
  const script: ProviderScript = ({ messages }, index) =>
    index === 0
      ? UNANSWERED
      : { kind: 'accepted', keys: messages.map(({ messageId }) => `key-${messageId}`) };
  return senderUnderTest(script, circumstances);
}

describe('A bulk message that may be sent twice, given up after an unanswered request', () => {
  it.each<[string, (underTest: SenderUnderTest) => void]>([
    ['by its submitter', ({ abort }) => abort.abort()],
    ['by a close', ({ sender }) => void sender.close({ graceMs: 0 })],
  ])(
    '%s ends unsent, and its next holder is told at once that it may have been sent',
    async (_by, giveUp) => {
      const underTest = afterAnUnansweredRequest();
      const { clock, provider, events, store, submit } = underTest;
      const message = outboundMessage();
      const results = await submit([message]);
      await clock.advance(50);
      giveUp(underTest);
      await clock.advance(50);
      expect(results.kinds).toEqual(['unsent OUTCOME_UNKNOWN']);
      expect(events.filter(({ kind }) => kind === 'unsent' || kind === 'settled')).toHaveLength(1);
      expect(await store.claim([{ message, holder: 'next' }])).toEqual([CLAIMED_MAYBE_SENT]);
      await clock.advance(60_000);
      expect(provider.requests).toHaveLength(1);
    },
  );

  it('ends unsent also when it is given up while that request carries it', async () => {
    const { clock, abort, store, submit } = afterAnUnansweredRequest({ latencyMs: 100 });
    const message = outboundMessage();
    const results = await submit([message]);
    await clock.advance(50);
    abort.abort();
    await clock.advance(10);
    expect(results.kinds).toEqual([]);
    expect(await store.claim([{ message, holder: 'next' }])).toMatchObject([{ kind: 'in-flight' }]);
    await clock.advance(100);
    expect(results.kinds).toEqual(['unsent OUTCOME_UNKNOWN']);
    expect(await store.claim([{ message, holder: 'next' }])).toEqual([CLAIMED_MAYBE_SENT]);
  });

  it('ends unsent also when it is given up while its claim is renewed', async () => {
    const { clock, provider, events, abort, store, submit } = afterAnUnansweredRequest({ claimMs: 20 });
    const message = outboundMessage();
    const claim = store.claim.bind(store);
    let claims = 0;
    store.claim = (requests) => {
      claims += 1;
      return claim(requests);
    };
    const results = await submit([message]);
    for (let waitedMs = 0; waitedMs < 1000 && claims < 2; waitedMs += 10) await clock.advance(10);
    expect(claims).toBe(2);
    abort.abort();
    await clock.advance(1000);
    expect(results.kinds).toEqual(['unsent OUTCOME_UNKNOWN']);
    expect(events.filter(({ kind }) => kind === 'settled')).toEqual([]);
    const next = store.claim([{ message, holder: 'next' }]);
    await clock.advance(50);
    expect(await next).toEqual([CLAIMED_MAYBE_SENT]);
    expect(provider.requests).toHaveLength(1);
  });

  it('is sent again by its next owner, who tells that it may have been sent before', async () => {
    const first = afterAnUnansweredRequest();
    const message = outboundMessage();
    await first.submit([message]);
    await first.clock.advance(50);
    await first.close();
    const next = senderUnderTest(undefined, { store: () => first.store });
    const results = await next.submit([message]);
    await next.clock.advance(50);
    expect(results.ended).toMatchObject([{ outcome: { kind: 'accepted' }, duplicate: false }]);
    expect(next.provider.messageIds).toEqual([message.messageId]);
    expect(next.events.filter(({ kind }) => kind === 'ambiguous')).toMatchObject([
      { messageId: message.messageId, policy: 'resend', cause: 'abandoned' },
    ]);
  });

  it('is sent by who waited for its id, and holds up nobody', async () => {
    const { clock, provider, sender, abort, submit } = afterAnUnansweredRequest();
    const message = outboundMessage();
    const given = await submit([message]);
    await clock.advance(50);
    const { signal } = new AbortController();
    const waiting = await sender.submit([message, outboundMessage({ phoneNumber: RECIPIENT })], {
      traffic: 'bulk',
      signal,
    });
    if (waiting.kind === 'refused') throw new Error(waiting.error.reason);
    abort.abort();
    expect(given.kinds).toEqual([]);
    await clock.advance(1000);
    expect(given.kinds).toEqual(['unsent OUTCOME_UNKNOWN']);
    expect(await Promise.all(waiting.results)).toMatchObject([
      { outcome: { kind: 'accepted' }, duplicate: false },
      { outcome: { kind: 'accepted' }, duplicate: false },
    ]);
    expect(provider.messageIds.filter((id) => id === message.messageId)).toHaveLength(2);
  });

  it.each(TO_THE_REPETITION)(
    'settles as unknown when its time is over, and never to be tried again: nobody may send it any more ($kind)',
    async (answer) => {
      const { clock, provider, store, submit } = senderUnderTest((_, index) =>
        index === 0 ? UNANSWERED : answer,
      );
      const message = outboundMessage({ expireTimeMs: clock.now() + 500 });
      const results = await submit([message]);
      await clock.advance(2000);
      expect(provider.requests.length).toBeGreaterThan(1);
      expect(results.ended).toMatchObject([{ outcome: UNKNOWN }]);
      expect(await store.claim([{ message, holder: 'next' }])).toMatchObject([
        { kind: 'settled', settlement: { outcome: UNKNOWN } },
      ]);
    },
  );
});

describe('An interactive message that is given up after an unanswered request', () => {
  it.each(['report', 'resend'] as const)('settles as unknown under %s', async (ambiguousSends) => {
    const { clock, abort, store, submit } = afterAnUnansweredRequest();
    const message = outboundMessage({ ambiguousSends });
    const results = await submit([message], 'interactive');
    await clock.advance(50);
    abort.abort();
    await clock.advance(50);
    expect(results.kinds).toEqual(['unknown']);
    expect(await store.claim([{ message, holder: 'next' }])).toMatchObject([
      { kind: 'settled', settlement: { outcome: { kind: 'unknown' } } },
    ]);
  });

  it.each(TO_THE_REPETITION)('settles as unknown, and never to be tried again ($kind)', async (answer) => {
    const { clock, provider, abort, submit } = senderUnderTest((_, index) =>
      index === 0 ? UNANSWERED : answer,
    );
    const results = await submit([outboundMessage()], 'interactive');
    await clock.advance(500);
    expect(provider.requests.length).toBeGreaterThan(1);
    abort.abort();
    await clock.advance(50);
    expect(results.ended).toMatchObject([{ outcome: UNKNOWN }]);
  });
});

describe('A message whose repetition is refused after an unanswered request', () => {
  it('settles as unknown also when its id was forgotten and used for another message meanwhile', async () => {
    const { clock, store, submit } = senderUnderTest(() => UNANSWERED);
    const claim = store.claim.bind(store);
    const message = outboundMessage();
    const results = await submit([message]);
    await clock.advance(50);
    store.claim = (requests) =>
      claim(requests.map((one) => ({ ...one, message: { ...one.message, phoneNumber: RECIPIENT } })));
    await clock.advance(2000);
    expect(results.ended).toMatchObject([{ outcome: UNKNOWN, attempts: 1 }]);
  });

  it('settles as unknown when it is refused alone: what refused the repetition did not unsend it', async () => {
    const { clock, submit } = senderUnderTest((_, index) =>
      index === 0 ? UNANSWERED : { kind: 'message-refused', message: 'no', providerCode: '131047' },
    );
    const results = await submit([outboundMessage()]);
    await clock.advance(2000);
    expect(results.ended).toMatchObject([{ outcome: UNKNOWN, attempts: 2 }]);
  });
});
