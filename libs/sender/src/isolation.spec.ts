import { describe, expect, it } from '@jest/globals';
import { acceptAll, outboundMessage } from '@parley/testing';
import type { ProviderRequest } from '@parley/testing';
import type { ProviderAnswer } from './provider.ts';
import { messagesTo, senderUnderTest } from './testing/sender-under-test.ts';

const refused: ProviderAnswer = { kind: 'message-refused', message: 'refused', providerCode: '2002' };
const blocked: ProviderAnswer = { kind: 'account-refused', reason: 'blocked', message: 'blocked' };

/** Refuses each request that carries a message whose id begins with `bad`. */
function refuseBad(answer: ProviderAnswer) {
  return (request: ProviderRequest): ProviderAnswer =>
    request.messages.some(({ messageId }) => messageId.startsWith('bad')) ? answer : acceptAll(request);
}

describe('A request that is refused for one of its messages', () => {
  it.each([2, 16, 64, 100])(
    'of %d costs at most two more for each time it can be halved, and fresh messages go on in between',
    async (size) => {
      const { clock, provider, submit } = senderUnderTest(refuseBad(refused));
      const results = await submit(
        messagesTo(size, (index) => (index === Math.floor(size / 3) ? { messageId: 'bad' } : {})),
      );
      await clock.advance(0);
      expect(provider.requests).toHaveLength(1);
      const fresh = await submit([outboundMessage({ messageId: 'fresh', phoneNumber: '+14155559999' })]);
      await clock.advance(5000);
      expect(results.kinds.filter((kind) => kind === 'accepted')).toHaveLength(size - 1);
      expect(results.kinds.filter((kind) => kind === 'rejected')).toHaveLength(1);
      const place = provider.requests.findIndex(({ messages }) =>
        messages.some(({ messageId }) => messageId === 'fresh'),
      );
      expect(place).toBeLessThanOrEqual(2);
      expect(fresh.kinds).toEqual(['accepted']);
      const extra = provider.requests.length - 2;
      expect(extra).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(size)));
    },
  );

  it('names each of several refused messages, and sends all others once', async () => {
    const { clock, provider, submit } = senderUnderTest(refuseBad(refused));
    const bad = [0, 7, 8, 31];
    const messages = messagesTo(32, (index) => (bad.includes(index) ? { messageId: `bad-${index}` } : {}));
    const results = await submit(messages);
    await clock.advance(10_000);
    const ends = await results.all;
    const rejected = ends.flatMap((end, index) =>
      end.kind === 'settled' && end.outcome.kind === 'rejected' ? [index] : [],
    );
    expect(rejected).toEqual(bad);
    const accepted = provider.requests.filter(({ messages: carried }) =>
      carried.every(({ messageId }) => !messageId.startsWith('bad')),
    );
    expect(accepted.flatMap(({ messages: carried }) => carried)).toHaveLength(28);
  });

  it('says how small the company of its messages becomes', async () => {
    const { clock, events, submit } = senderUnderTest(refuseBad(refused));
    await submit(messagesTo(5, (index) => (index === 0 ? { messageId: 'bad' } : {})));
    await clock.advance(5000);
    expect(events.filter(({ kind }) => kind === 'split')).toEqual([
      { kind: 'split', account: 'default', messages: 5, maxCompany: 3 },
      { kind: 'split', account: 'default', messages: 3, maxCompany: 2 },
      { kind: 'split', account: 'default', messages: 2, maxCompany: 1 },
    ]);
  });

  it('keeps the order of a recipient whose messages stood in it', async () => {
    const { clock, provider, submit } = senderUnderTest(refuseBad(refused));
    const phoneNumber = '+14155550100';
    await submit([
      outboundMessage({ messageId: 'a1', phoneNumber }),
      outboundMessage({ messageId: 'bad', phoneNumber: '+14155550101' }),
      outboundMessage({ messageId: 'a2', phoneNumber }),
      outboundMessage({ messageId: 'a3', phoneNumber }),
    ]);
    await clock.advance(5000);
    const sent = provider.requests
      .filter((request) => refuseBad(refused)(request).kind === 'accepted')
      .flatMap(({ messages }) => messages.map(({ messageId }) => messageId));
    expect(sent).toEqual(['a1', 'a2', 'a3']);
  });

  it('does not send on what was given up while it was in flight', async () => {
    const { clock, provider, abort, submit } = senderUnderTest(refuseBad(refused), { latencyMs: 100 });
    const results = await submit([
      outboundMessage({ messageId: 'bad' }),
      outboundMessage({ phoneNumber: '+14155550199' }),
    ]);
    await clock.advance(50);
    abort.abort();
    await clock.advance(1000);
    expect(results.kinds).toEqual(['unsent DEADLINE_EXCEEDED', 'unsent DEADLINE_EXCEEDED']);
    expect(provider.requests).toHaveLength(1);
  });
});

describe('A text that the provider’s edge blocks', () => {
  it('ends rejected once it was blocked alone again after others got through, and stops nobody else', async () => {
    const { clock, provider, sender, submit } = senderUnderTest(refuseBad(blocked));
    const results = await submit(messagesTo(20, (index) => (index === 13 ? { messageId: 'bad' } : {})));
    for (let minute = 0; minute < 3; minute += 1) {
      await clock.advance(60_000);
      await submit([outboundMessage({ phoneNumber: '+14155559999' })]);
    }
    await clock.advance(60_000);
    const ends = await results.all;
    expect(ends.map((end) => end.kind === 'settled' && end.outcome.kind)).toEqual(
      Array.from({ length: 20 }, (_, index) => (index === 13 ? 'rejected' : 'accepted')),
    );
    expect(ends[13]).toMatchObject({ outcome: { error: { reason: 'PROVIDER_REJECTED' } } });
    const last = provider.requests.findLastIndex(({ messages }) => messages[0]?.messageId === 'bad');
    expect(provider.requests[last - 1]?.messages[0]?.messageId).not.toBe('bad');
    expect(sender.accountState('default')).toEqual({ kind: 'open' });
  });

  it('does not keep the account shut when it is bulk and everybody else is on the line', async () => {
    const { clock, sender, abort, submit } = senderUnderTest(refuseBad(blocked));
    const results = await submit([outboundMessage({ messageId: 'bad' })]);
    let accepted = 0;
    for (let second = 0; second < 120; second += 1) {
      const call = await sender.submit([outboundMessage({ phoneNumber: '+14155559999' })], {
        traffic: 'interactive',
        signal: abort.signal,
      });
      await clock.advance(1000);
      if (call.kind === 'queued') accepted += 1;
    }
    expect(results.kinds).toEqual(['rejected']);
    expect(accepted).toBeGreaterThan(60);
    expect(sender.accountState('default')).toEqual({ kind: 'open' });
  });

  it('is not what is rejected when the edge blocks the account', async () => {
    const { clock, sender, submit } = senderUnderTest((request) =>
      request.atMs < 300_000 ? blocked : acceptAll(request),
    );
    const results = await submit(messagesTo(4));
    await clock.advance(299_000);
    expect(results.kinds).toEqual([]);
    expect(sender.accountState('default')).toMatchObject({ kind: 'paused' });
    await clock.advance(120_000);
    expect(results.kinds).toEqual(Array.from({ length: 4 }, () => 'accepted'));
  });
});
