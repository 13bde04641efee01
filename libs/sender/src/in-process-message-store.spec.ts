import { describe, expect, it } from '@jest/globals';
import { FakeClock, outboundMessage } from '@parley/testing';
import { systemClock } from './clock.ts';
import { InProcessMessageStore } from './in-process-message-store.ts';
import { messageStoreConformance } from './message-store-conformance.ts';
import type { OutboundMessage } from './message.ts';
import type { Settlement } from './outcome.ts';

const store = new InProcessMessageStore({ clock: systemClock, ttlMs: 60_000, maxRemembered: 10_000 });

messageStoreConformance({ describe, it }, 'The memory of one process', () => store);

function setUp({ ttlMs = 1000, maxRemembered = 3 } = {}) {
  const clock = new FakeClock();
  const memory = new InProcessMessageStore({ clock, ttlMs, maxRemembered });
  const settle = (...messages: OutboundMessage[]) =>
    memory.settle(
      messages.map((message) => ({
        message,
        holder: 'a:1',
        settlement: acceptedAs(`key-${message.messageId}`),
      })),
    );
  const kindOf = async (message: OutboundMessage) =>
    (await memory.claim([{ message, holder: 'b:1' }]))[0]?.kind;
  const isKeyKnown = async ({ account, messageId }: OutboundMessage) =>
    (await memory.findByKeys(account, [`key-${messageId}`]))[0] !== undefined;
  return { clock, memory, settle, kindOf, isKeyKnown };
}

function acceptedAs(key: string): Settlement {
  return { kind: 'settled', outcome: { kind: 'accepted', key }, attempts: 1, duplicate: false };
}

describe('InProcessMessageStore', () => {
  it('forgets ids and keys when their time is over, and not before', async () => {
    const { clock, memory, settle, kindOf, isKeyKnown } = setUp({ ttlMs: 1000 });
    const message = outboundMessage();
    await settle(message);
    await clock.advance(999);
    expect(await kindOf(message)).toBe('settled');
    expect(await isKeyKnown(message)).toBe(true);
    await clock.advance(1);
    expect(await memory.findById('default', message.messageId)).toBeUndefined();
    expect(await isKeyKnown(message)).toBe(false);
    expect(await kindOf(message)).toBe('claimed');
  });

  it('forgets the oldest ids and keys first when there are too many', async () => {
    const { settle, kindOf, isKeyKnown } = setUp({ maxRemembered: 3 });
    const messages = Array.from({ length: 4 }, () => outboundMessage());
    for (const message of messages) await settle(message);
    expect(await Promise.all(messages.map(isKeyKnown))).toEqual([false, true, true, true]);
    expect(await Promise.all(messages.map(kindOf))).toEqual(['claimed', 'settled', 'settled', 'settled']);
  });

  it('never forgets what is being sent', async () => {
    const { clock, memory, settle, kindOf } = setUp({ ttlMs: 1000, maxRemembered: 1 });
    const sending = outboundMessage();
    await memory.claim([{ message: sending, holder: 'a:1' }]);
    await settle(outboundMessage(), outboundMessage());
    await clock.advance(60_000);
    expect(await kindOf(sending)).toBe('in-flight');
  });

  it('forgets abandoned ids when their time is over, and the oldest first when there are too many', async () => {
    const { clock, memory } = setUp({ ttlMs: 1000, maxRemembered: 3 });
    const messages = Array.from({ length: 4 }, () => outboundMessage());
    const claims = messages.map((message) => ({ message, holder: 'a:1' }));
    await memory.claim(claims);
    await memory.abandon(claims);
    const find = ({ messageId }: OutboundMessage) => memory.findById('default', messageId);
    const sending = { kind: 'sending' };
    expect(await Promise.all(messages.map(find))).toEqual([undefined, sending, sending, sending]);
    await clock.advance(1000);
    const free = { kind: 'claimed', maybeSent: false };
    expect(await memory.claim(claims)).toEqual([free, free, free, free]);
  });

  it('tells no end whose time was over to who settles its id again', async () => {
    const { clock, memory } = setUp({ ttlMs: 1000 });
    const message = outboundMessage();
    await memory.settle([{ message, holder: 'a:1', settlement: acceptedAs('old') }]);
    await clock.advance(1000);
    expect(await memory.settle([{ message, holder: 'b:1', settlement: acceptedAs('new') }])).toEqual([
      undefined,
    ]);
    expect(await memory.findById('default', message.messageId)).toEqual(acceptedAs('new'));
  });

  it('gives a key that comes again the age of its last message, and keeps no other for it', async () => {
    const { clock, memory } = setUp({ ttlMs: 1000 });
    const [first, second, other] = [outboundMessage(), outboundMessage(), outboundMessage()];
    await memory.settle([{ message: first, holder: 'a:1', settlement: acceptedAs('same') }]);
    await memory.settle([{ message: other, holder: 'a:2', settlement: acceptedAs('other') }]);
    await clock.advance(600);
    await memory.settle([{ message: second, holder: 'a:3', settlement: acceptedAs('same') }]);
    await clock.advance(600);
    expect(await memory.findByKeys('default', ['same', 'other'])).toMatchObject([
      { messageId: second.messageId },
      undefined,
    ]);
  });

  it('tells those who wait for an id its end also when its holder renewed his claim since', async () => {
    const { memory, settle } = setUp();
    const message = outboundMessage();
    const mine = { message, holder: 'a:1' };
    await memory.claim([mine]);
    const [waiting] = await memory.claim([{ message, holder: 'b:1' }]);
    if (waiting?.kind !== 'in-flight') throw new Error('it is being sent');
    const ended = waiting.ended(AbortSignal.timeout(1000));
    await memory.claim([mine]);
    await settle(message);
    expect(await ended).toMatchObject({ outcome: { kind: 'accepted' } });
  });

  it('remembers no key for what was not accepted', async () => {
    const { memory, kindOf } = setUp();
    const message = outboundMessage();
    const error = { reason: 'EXPIRED', message: '', retryable: false } as const;
    const expired: Settlement = {
      kind: 'settled',
      outcome: { kind: 'expired', error },
      attempts: 0,
      duplicate: false,
    };
    await memory.settle([{ message, holder: 'a:1', settlement: expired }]);
    expect(await memory.findByKeys('default', ['undefined'])).toEqual([undefined]);
    expect(await kindOf(message)).toBe('settled');
  });
});
