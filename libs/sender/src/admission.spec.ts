import { describe, expect, it } from '@jest/globals';
import { outboundMessage } from '@parley/testing';
import { META_PAIR_LIMIT } from './recipient-pacing.ts';
import { messagesTo, senderUnderTest } from './testing/sender-under-test.ts';

const text = (body: string) => ({ text: { body, previewUrl: false } });

describe('What a sender takes', () => {
  it('is refused as WAIT_TOO_LONG when it cannot leave in time, with the delay after which it could', async () => {
    const { clock, submit, submitFor } = senderUnderTest(undefined, { batch: 10 });
    const ahead = await submit(messagesTo(200), 'interactive');
    await clock.advance(0);
    const late = messagesTo(10, (index) => ({ phoneNumber: `+1415556${String(index).padStart(4, '0')}` }));
    const refused = await submitFor(500, late);
    expect(refused).toMatchObject({ kind: 'refused', error: { reason: 'WAIT_TOO_LONG' } });
    const { retryAfterMs = 0 } = refused as { retryAfterMs?: number };
    expect(retryAfterMs).toBeGreaterThan(1000);
    expect(retryAfterMs).toBeLessThan(2000);
    await clock.advance(retryAfterMs);
    const taken = await submitFor(500, late);
    expect(taken.kind).toBe('queued');
    await clock.advance(500);
    expect(ahead.kinds).toHaveLength(200);
    expect(await Promise.all(taken.kind === 'queued' ? taken.results : [])).toHaveLength(10);
  });

  it('is not refused for what waits for somebody else alone: the turn goes round the recipients', async () => {
    const { clock, submit, submitFor } = senderUnderTest(undefined, { batch: 10 });
    const crowded = Array.from({ length: 5000 }, () => outboundMessage({ phoneNumber: '+14155550101' }));
    await submit(crowded, 'interactive');
    const others = await submitFor(1000, [outboundMessage({ phoneNumber: '+14155550102' })]);
    const same = await submitFor(1000, [outboundMessage({ phoneNumber: '+14155550101' })]);
    if (others.kind === 'refused') throw new Error(others.error.reason);
    const [end] = others.results;
    await clock.advance(1000);
    expect(await end).toMatchObject({ kind: 'settled', outcome: { kind: 'accepted' } });
    expect(same).toMatchObject({ kind: 'refused', error: { reason: 'WAIT_TOO_LONG' } });
  });

  it('is bounded in bytes, too', async () => {
    const { clock, submit, submitFor } = senderUnderTest(() => ({ kind: 'unavailable', message: 'down' }), {
      maxBodyBytes: 100,
    });
    await submit([outboundMessage(text('é'.repeat(40)))]);
    await clock.advance(0);
    expect(await submitFor(60_000, [outboundMessage(text('x'.repeat(21)))])).toMatchObject({
      kind: 'refused',
      error: { reason: 'QUEUE_FULL' },
    });
    expect(await submitFor(60_000, [outboundMessage(text('x'.repeat(20)))])).toMatchObject({
      kind: 'queued',
    });
  });

  it('has room again for as much as ended', async () => {
    const { clock, submit, submitFor } = senderUnderTest(undefined, { maxBodyBytes: 100, maxMessages: 2 });
    for (let time = 0; time < 3; time += 1) {
      const results = await submit([outboundMessage(text('x'.repeat(100)))], 'interactive');
      expect(await submitFor(60_000, [outboundMessage(text('x'))])).toMatchObject({ kind: 'refused' });
      await clock.advance(200);
      expect(results.kinds).toEqual(['accepted']);
    }
  });

  it('is refused as QUEUE_FULL, bulk too, when it could never fit', async () => {
    const { abort, sender } = senderUnderTest(undefined, { maxMessages: 2 });
    expect(await sender.submit(messagesTo(3), { traffic: 'bulk', signal: abort.signal })).toMatchObject({
      kind: 'refused',
      error: { reason: 'QUEUE_FULL' },
    });
  });

  it('lets bulk in by the order of asking, each as soon as it fits', async () => {
    const { clock, submit } = senderUnderTest(undefined, { maxMessages: 2, latencyMs: 100 });
    await submit([outboundMessage()]);
    const entered: string[] = [];
    const enter = (name: string, count: number) => submit(messagesTo(count)).then(() => entered.push(name));
    void enter('two', 2);
    void enter('one', 1);
    await clock.advance(50);
    expect(entered).toEqual(['one']);
    await clock.advance(2000);
    expect(entered).toEqual(['one', 'two']);
  });

  it('is refused for an account that nobody configured', async () => {
    const { submitFor } = senderUnderTest();
    expect(await submitFor(1000, [outboundMessage({ account: 'other' })])).toEqual({
      kind: 'refused',
      error: expect.objectContaining({ reason: 'ACCOUNT_UNKNOWN' }),
    });
  });

  it('ends the wait of a bulk submission for room when the sender closes', async () => {
    const { clock, sender, submit } = senderUnderTest(() => ({ kind: 'unavailable', message: 'down' }), {
      maxMessages: 1,
    });
    await submit([outboundMessage()]);
    const waiting = submit([outboundMessage()]);
    const closed = sender.close({ graceMs: 0 });
    await expect(waiting).rejects.toThrow('SHUTTING_DOWN');
    await clock.advance(1000);
    await closed;
  });
});

describe('The oldest message that waits', () => {
  it('counts from when it was taken until it ends, whoever came after it', async () => {
    const { clock, sender, submit } = senderUnderTest(() => ({ kind: 'unavailable', message: 'down' }));
    expect(sender.oldestWaitingMs('default')).toBe(0);
    await submit([outboundMessage({ expireTimeMs: clock.now() + 5_000 })]);
    await clock.advance(3_000);
    await submit([outboundMessage()]);
    await clock.advance(1_000);
    expect(sender.oldestWaitingMs('default')).toBe(4_000);
    await clock.advance(1_500);
    expect(sender.oldestWaitingMs('default')).toBe(2_500);
  });
});

describe('Limits that change at run time', () => {
  it('hold from the next request on', async () => {
    const { clock, provider, sender, submit } = senderUnderTest(undefined, { batch: 10 });
    await submit(messagesTo(1000));
    await clock.advance(1000);
    expect(provider.requests.length).toBeGreaterThanOrEqual(10);
    sender.setLimits('default', { limitPerSecond: 2, maxMessagesPerRequest: 50 });
    sender.setLimits('nobody', { limitPerSecond: 1, maxMessagesPerRequest: 1 });
    expect(sender.limitsOf('default')).toEqual({ limitPerSecond: 2, maxMessagesPerRequest: 50 });
    expect(sender.limitsOf('nobody')).toBeUndefined();
    const before = provider.requests.length + 1;
    await clock.advance(5000);
    const after = provider.requests.slice(before);
    expect(after.every(({ messages }) => messages.length === 50)).toBe(true);
    expect(after.length).toBeGreaterThanOrEqual(8);
    expect(after.length).toBeLessThanOrEqual(10);
  });
});

describe('A pace for each recipient', () => {
  it('gives one recipient 45 at once and then one in six seconds, and slows nobody else', async () => {
    const { clock, provider, submit } = senderUnderTest(undefined, { recipientPace: META_PAIR_LIMIT });
    await submit(Array.from({ length: 50 }, () => outboundMessage({ phoneNumber: '+14155550100' })));
    await clock.advance(100);
    expect(provider.messageIds).toHaveLength(45);
    const others = await submit(messagesTo(10, (index) => ({ phoneNumber: `+141555601${index}0` })));
    await clock.advance(200);
    expect(others.kinds).toHaveLength(10);
    const sent = () => provider.messageIds.length - 10;
    await clock.advance(5600);
    expect(sent()).toBe(45);
    await clock.advance(200);
    expect(sent()).toBe(46);
    await clock.advance(12_000);
    expect(sent()).toBe(48);
  });
});

describe('A permit that was missed', () => {
  it('is followed by another one, once the connection that took too long is open, and the message is sent once', async () => {
    let warmed = 0;
    const { clock, provider, submit } = senderUnderTest(undefined, {
      provider: (scripted, fake) => {
        let isOpen = false;
        const opened = Promise.withResolvers<void>();
        const open = async () => {
          await fake.sleep(600);
          isOpen = true;
          opened.resolve();
        };
        return {
          warm: async () => {
            warmed += 1;
            if (warmed === 1) void open();
            await opened.promise;
          },
          send: async (messages, options) => {
            if (!isOpen) await fake.sleep(400);
            return scripted.send(messages, options);
          },
        };
      },
    });
    const results = await submit(messagesTo(3));
    await clock.advance(599);
    expect(provider.requests).toHaveLength(0);
    await clock.advance(200);
    expect(results.kinds).toEqual(['accepted', 'accepted', 'accepted']);
    expect(results.ended).toMatchObject([{ attempts: 1 }, { attempts: 1 }, { attempts: 1 }]);
    expect(provider.requests).toHaveLength(1);
    expect(warmed).toBeGreaterThan(1);
  });
});
