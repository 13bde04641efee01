import { describe, expect, it } from '@jest/globals';
import { acceptAll, outboundMessage } from '@parley/testing';
import { messagesTo, senderUnderTest } from './testing/sender-under-test.ts';
import { storeThat } from './testing/store-that.ts';

describe('Sender', () => {
  it('sends a single message at once when nothing waits', async () => {
    const { clock, provider, submit } = senderUnderTest();
    const results = await submit([outboundMessage({ messageId: 'one' })]);
    await clock.advance(0);
    expect(provider.requests).toHaveLength(1);
    expect(await results.all).toEqual([
      { kind: 'settled', outcome: { kind: 'accepted', key: 'whatsapp-one' }, attempts: 1, duplicate: false },
    ]);
  });

  it('fills batches by itself while it waits for permits: 1,000 messages a second at 10 requests a second', async () => {
    const { clock, provider, submit } = senderUnderTest(undefined, { latencyMs: 250 });
    await submit(messagesTo(2000));
    await clock.advance(2000);
    expect(provider.messageIds).toHaveLength(2000);
    expect(provider.requests.slice(1).every((request) => request.messages.length === 100)).toBe(true);
  });

  it('keeps one request in flight per recipient, and its messages in order', async () => {
    const { clock, provider, submit } = senderUnderTest(undefined, { latencyMs: 500 });
    await submit([outboundMessage({ messageId: 'a1' })]);
    await clock.advance(0);
    await submit([outboundMessage({ messageId: 'a2' }), outboundMessage({ messageId: 'a3' })]);
    await clock.advance(499);
    expect(provider.messageIds).toEqual(['a1']);
    await clock.advance(200);
    expect(provider.messageIds).toEqual(['a1', 'a2', 'a3']);
  });

  it('tries again what was surely not processed, in order, and lets others pass meanwhile', async () => {
    const { clock, provider, submit } = senderUnderTest(({ messages }, index) =>
      index === 0 ? { kind: 'unavailable', message: 'connection refused' } : acceptAll({ atMs: 0, messages }),
    );
    await submit([outboundMessage({ messageId: 'a1' })]);
    await clock.advance(0);
    await submit([
      outboundMessage({ messageId: 'a2' }),
      outboundMessage({ messageId: 'b1', phoneNumber: '+14155550199' }),
    ]);
    await clock.advance(100);
    expect(provider.messageIds).toEqual(['a1', 'b1']);
    await clock.advance(1000);
    expect(provider.messageIds).toEqual(['a1', 'b1', 'a1', 'a2']);
  });

  it('holds every request back for as long as the provider asks', async () => {
    const { clock, provider, submit } = senderUnderTest((request, index) =>
      index === 0 ? { kind: 'throttled', message: 'too many', retryAfterMs: 3000 } : acceptAll(request),
    );
    await submit(messagesTo(3));
    await clock.advance(0);
    await submit([outboundMessage({ phoneNumber: '+14155559999' })]);
    await clock.advance(2999);
    expect(provider.requests).toHaveLength(1);
    await clock.advance(1);
    expect(provider.requests[1]?.messages).toHaveLength(4);
  });

  it('isolates the one refused message of a batch and sends its neighbours', async () => {
    const { clock, provider, submit } = senderUnderTest((request) =>
      request.messages.some(({ messageId }) => messageId === 'bad')
        ? { kind: 'message-refused', message: 'failed to validate request', providerCode: '2002' }
        : acceptAll(request),
    );
    const results = await submit(messagesTo(16, (index) => (index === 11 ? { messageId: 'bad' } : {})));
    await clock.advance(5000);
    const ends = await results.all;
    expect(ends.map((end) => end.kind === 'settled' && end.outcome.kind)).toEqual(
      Array.from({ length: 16 }, (_, index) => (index === 11 ? 'rejected' : 'accepted')),
    );
    expect(ends[11]).toMatchObject({
      outcome: { error: { reason: 'PROVIDER_REJECTED', providerCode: '2002' } },
    });
    expect(provider.requests.length).toBeLessThanOrEqual(9);
  });

  it('reports an unanswered request as unknown, or sends it again, as each message says', async () => {
    const { clock, provider, submit } = senderUnderTest((request, index) =>
      index === 0 ? { kind: 'ambiguous', message: 'no answer' } : acceptAll(request),
    );
    const results = await submit([
      outboundMessage({ messageId: 'once', ambiguousSends: 'report' }),
      outboundMessage({ messageId: 'surely', ambiguousSends: 'resend', phoneNumber: '+14155550199' }),
    ]);
    await clock.advance(1000);
    expect(results.kinds).toEqual(['unknown', 'accepted']);
    expect(provider.messageIds).toEqual(['once', 'surely', 'surely']);
  });

  it('answers a repeated id with the first outcome and sends nothing', async () => {
    const { clock, provider, submit } = senderUnderTest();
    const message = outboundMessage();
    await submit([message]);
    await clock.advance(1000);
    const again = await submit([message]);
    await clock.advance(1000);
    expect(await again.all).toMatchObject([{ duplicate: true, outcome: { kind: 'accepted' } }]);
    expect(provider.requests).toHaveLength(1);
  });

  it('lets a repeated id wait for the outcome of the one in flight', async () => {
    const { clock, provider, submit } = senderUnderTest(undefined, { latencyMs: 1000 });
    const message = outboundMessage();
    const first = await submit([message]);
    const second = await submit([message]);
    await clock.advance(1500);
    expect(first.kinds).toEqual(['accepted']);
    expect(await second.all).toMatchObject([{ duplicate: true, outcome: { kind: 'accepted' } }]);
    expect(provider.messageIds).toHaveLength(1);
  });

  it('refuses an id that was used with another text', async () => {
    const { clock, submit } = senderUnderTest();
    const message = outboundMessage();
    await submit([message]);
    await clock.advance(1000);
    const other = await submit([{ ...message, text: { body: 'Another', previewUrl: false } }]);
    await clock.advance(1000);
    expect(await other.all).toMatchObject([
      { outcome: { kind: 'rejected', error: { reason: 'IDEMPOTENCY_CONFLICT' } } },
    ]);
  });

  it('never sends what its caller gave up before it was written', async () => {
    const { clock, provider, abort, submit } = senderUnderTest();
    await submit([outboundMessage()]);
    await clock.advance(0);
    const waiting = await submit([outboundMessage()]);
    abort.abort();
    await clock.advance(5000);
    expect(waiting.kinds).toEqual(['unsent DEADLINE_EXCEEDED']);
    expect(provider.requests).toHaveLength(1);
  });

  it('expires on time what could not be sent, and never sends it later', async () => {
    const { clock, provider, submit } = senderUnderTest(() => ({ kind: 'unavailable', message: 'down' }));
    const results = await submit([outboundMessage({ expireTimeMs: clock.now() + 10_000 })]);
    await clock.advance(60_000);
    expect(results.kinds).toEqual(['expired']);
    expect(provider.requests.every(({ atMs }) => atMs < 10_000)).toBe(true);
  });

  it('pauses a refused account: tells who waits on the line, keeps the others, and probes at growing intervals', async () => {
    const { clock, provider, sender, submit } = senderUnderTest((request) =>
      request.atMs < 20_000
        ? { kind: 'account-refused', reason: 'unauthorized', message: 'unauthorized' }
        : acceptAll(request),
    );
    const onTheLine = await submit(messagesTo(2), 'interactive');
    const patient = await submit(
      messagesTo(5, (index) => ({ phoneNumber: `+1415556${String(index).padStart(4, '0')}` })),
    );
    await clock.advance(15_000);
    expect(onTheLine.kinds).toEqual(['unsent PROVIDER_UNAUTHORIZED', 'unsent PROVIDER_UNAUTHORIZED']);
    expect(patient.kinds).toEqual([]);
    expect(provider.requests.map(({ atMs }) => atMs)).toEqual([0, 1000, 3000, 7000, 15_000]);
    expect(sender.accountState('default')).toMatchObject({
      kind: 'paused',
      error: { reason: 'PROVIDER_UNAUTHORIZED' },
    });
    await expect(submit(messagesTo(1), 'interactive')).rejects.toThrow('PROVIDER_UNAUTHORIZED');
    await clock.advance(20_000);
    expect(patient.kinds).toEqual(Array.from({ length: 5 }, () => 'accepted'));
    expect(sender.accountState('default')).toEqual({ kind: 'open' });
  });

  it('refuses all of a submission when the queue is full, with the delay to come back after', async () => {
    const { clock, sender, abort, submit } = senderUnderTest(
      () => ({ kind: 'unavailable', message: 'down' }),
      {
        maxMessages: 10,
      },
    );
    await submit(messagesTo(8));
    await clock.advance(0);
    const submission = await sender.submit(messagesTo(3), { traffic: 'interactive', signal: abort.signal });
    expect(submission).toMatchObject({ kind: 'refused', error: { reason: 'QUEUE_FULL' } });
    expect(submission.kind === 'refused' && submission.retryAfterMs).toBeGreaterThan(0);
  });

  it('lets a patient submission wait for room', async () => {
    const { clock, provider, submit } = senderUnderTest(undefined, { maxMessages: 2, latencyMs: 500 });
    await submit(messagesTo(2));
    const third = submit(messagesTo(1));
    await clock.advance(400);
    expect(provider.messageIds).toHaveLength(2);
    await clock.advance(1000);
    await third;
    expect(provider.messageIds).toHaveLength(3);
  });

  it('on close finishes what it can within the grace period and gives up the rest as unsent', async () => {
    const { clock, sender, submit } = senderUnderTest(undefined, { batch: 1 });
    const results = await submit(messagesTo(8));
    const closed = sender.close({ graceMs: 450 });
    await clock.advance(60_000);
    await closed;
    expect(results.kinds.filter((kind) => kind === 'accepted')).toHaveLength(5);
    expect(results.kinds.filter((kind) => kind === 'unsent SHUTTING_DOWN')).toHaveLength(3);
    await expect(submit(messagesTo(1), 'interactive')).rejects.toThrow('SHUTTING_DOWN');
  });

  it('frees the id of what was given up while it was being claimed', async () => {
    const { clock, provider, store, abort, submit } = senderUnderTest(undefined, { claimMs: 50 });
    const message = outboundMessage();
    const results = await submit([message]);
    await clock.advance(10);
    abort.abort();
    await clock.advance(100);
    expect(results.kinds).toEqual(['unsent DEADLINE_EXCEEDED']);
    expect(provider.requests).toHaveLength(0);
    const again = store.claim([{ message, holder: 'other' }]);
    await clock.advance(100);
    expect(await again).toEqual([{ kind: 'claimed', maybeSent: false }]);
  });

  it('tells the outcome, and not that it was unsent, when it is given up while the outcome is being stored', async () => {
    const { clock, provider, store, abort, submit } = senderUnderTest();
    const settle = store.settle.bind(store);
    store.settle = async (ends) => {
      await clock.sleep(100);
      return settle(ends);
    };
    const results = await submit([outboundMessage()]);
    await clock.advance(50);
    expect(provider.requests).toHaveLength(1);
    abort.abort();
    await clock.advance(100);
    expect(results.kinds).toEqual(['accepted']);
  });

  it('tells the first outcome of an id also to a repetition that expires while it waits', async () => {
    const { clock, submit } = senderUnderTest((request) =>
      request.atMs === 0
        ? acceptAll(request)
        : { kind: 'account-refused', reason: 'blocked', message: 'blocked' },
    );
    const message = outboundMessage();
    await submit([message]);
    await clock.advance(200);
    await submit([outboundMessage({ phoneNumber: '+14155550177' })]);
    await clock.advance(200);
    const again = await submit([{ ...message, expireTimeMs: clock.now() + 500 }]);
    await clock.advance(3000);
    expect(await again.all).toMatchObject([{ duplicate: true, outcome: { kind: 'accepted' } }]);
  });

  it('on close ends also a repetition that waits for the one in flight', async () => {
    const { clock, sender, submit } = senderUnderTest(() => ({ kind: 'unavailable', message: 'down' }));
    const message = outboundMessage();
    const first = await submit([message]);
    const second = await submit([message]);
    await clock.advance(10);
    const closed = sender.close({ graceMs: 100 });
    await clock.advance(60_000);
    await closed;
    expect([...first.kinds, ...second.kinds]).toEqual([
      'unsent PROVIDER_UNAVAILABLE',
      'unsent SHUTTING_DOWN',
    ]);
    expect(sender.messagesWaiting).toBe(0);
  });

  it('goes on sending when nothing can be remembered, and says so', async () => {
    const fails = () => Promise.reject(new Error('the store is away'));
    const { clock, events, submit } = senderUnderTest(undefined, {
      store: () => storeThat(fails),
    });
    const results = await submit([outboundMessage()]);
    await clock.advance(100);
    expect(results.kinds).toEqual(['accepted']);
    expect(events.filter(({ kind }) => kind === 'store-failed')).toMatchObject([
      { account: 'default', step: 'claim', messages: 1 },
      { account: 'default', step: 'settle', messages: 1 },
    ]);
  });

  it('asks the store twice for a batch: once before its request, once after', async () => {
    const { clock, provider, store, submit } = senderUnderTest();
    const asked: string[] = [];
    for (const step of ['claim', 'settle', 'release'] as const) {
      const ask = store[step].bind(store) as (batch: never) => Promise<never>;
      store[step] = (batch: readonly unknown[]) => {
        if (batch.length > 0) asked.push(`${step} ${batch.length}`);
        return ask(batch as never);
      };
    }
    await submit(messagesTo(100));
    await clock.advance(1000);
    expect(provider.requests).toHaveLength(1);
    expect(asked).toEqual(['claim 100', 'settle 100']);
  });

  it('brings a provider’s key back to its message', async () => {
    const { clock, store, submit } = senderUnderTest();
    await submit([outboundMessage({ messageId: 'known', metadata: { order: '7' } })]);
    await clock.advance(100);
    expect(await store.findByKeys('default', ['whatsapp-known'])).toMatchObject([
      { messageId: 'known', metadata: { order: '7' }, attempts: 1 },
    ]);
  });
});
