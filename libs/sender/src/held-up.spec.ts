import { describe, expect, it } from '@jest/globals';
import { acceptAll, outboundMessage } from '@parley/testing';
import type { ProviderAnswer } from './provider.ts';
import { senderUnderTest } from './testing/sender-under-test.ts';

const NO_ANSWER: ProviderAnswer = { kind: 'ambiguous', message: 'no answer' };

describe('Nothing is held up', () => {
  it('by a repetition of its own id that waits behind it', async () => {
    const { clock, provider, submit } = senderUnderTest((request, index) =>
      index === 0 ? NO_ANSWER : acceptAll(request),
    );
    const message = outboundMessage({ ambiguousSends: 'resend' });
    const results = await submit([message, { ...message }]);
    await clock.advance(5000);
    expect(results.ended).toMatchObject([
      { outcome: { kind: 'accepted' }, attempts: 2, duplicate: false },
      { outcome: { kind: 'accepted' }, attempts: 2, duplicate: true },
    ]);
    expect(provider.requests).toHaveLength(2);
  });

  it('by the others of its batch that rest before they are tried again', async () => {
    const { clock, provider, submit } = senderUnderTest(
      (request, index) => (index === 0 ? NO_ANSWER : acceptAll(request)),
      { random: () => 0.999 },
    );
    const ended = outboundMessage({ phoneNumber: '+14155550101', ambiguousSends: 'report' });
    const rests = outboundMessage({ phoneNumber: '+14155550102', ambiguousSends: 'resend' });
    const next = outboundMessage({ phoneNumber: '+14155550101' });
    await submit([ended, rests]);
    await clock.advance(5);
    await submit([next]);
    await clock.advance(5000);
    const [, second, third] = provider.requests;
    expect(second?.messages).toEqual([next]);
    expect(third?.messages).toEqual([rests]);
  });

  it('by the request of strangers when it was settled before', async () => {
    const { clock, provider, submit } = senderUnderTest(undefined, { latencyMs: 1000 });
    const [first, next] = ['+14155550101', '+14155550101'].map((phoneNumber) =>
      outboundMessage({ phoneNumber }),
    );
    const stranger = outboundMessage({ phoneNumber: '+14155550102' });
    if (!first || !next) throw new Error('two messages');
    await submit([first]);
    await clock.advance(2000);
    await submit([first, stranger]);
    await clock.advance(5);
    await submit([next]);
    await clock.advance(200);
    expect(provider.requests.map(({ messages }) => messages)).toEqual([[first], [stranger], [next]]);
  });

  it('by claims of messages that wait for a permit: their ids are free until it comes', async () => {
    const { clock, provider, store, submit } = senderUnderTest(
      (request, index) =>
        index === 0 ? { kind: 'throttled', message: 'slow down', retryAfterMs: 60_000 } : acceptAll(request),
      { latencyMs: 95 },
    );
    const messages = ['+14155550101', '+14155550102'].map((phoneNumber) => outboundMessage({ phoneNumber }));
    for (const message of messages) {
      await submit([message]);
      await clock.advance(50);
    }
    await clock.advance(10_000);
    expect(provider.requests).toHaveLength(1);
    const others = messages.map((message) => ({ message, holder: 'another replica' }));
    const claims = await store.claim(others);
    expect(claims).toEqual([
      { kind: 'claimed', maybeSent: false },
      { kind: 'claimed', maybeSent: false },
    ]);
    await store.release(others);
    await clock.advance(60_000);
    expect(provider.messageIds.slice(1).toSorted()).toEqual(messages.map(({ messageId }) => messageId));
  });
});

describe('A provider that throttles without a delay', () => {
  it('is given more and more time', async () => {
    const { clock, provider, submit } = senderUnderTest(() => ({
      kind: 'throttled',
      message: 'slow down',
      retryAfterMs: 0,
    }));
    await submit([outboundMessage()]);
    await clock.advance(10_000);
    expect(provider.requests.length).toBeGreaterThan(3);
    expect(provider.requests.length).toBeLessThan(10);
  });
});
