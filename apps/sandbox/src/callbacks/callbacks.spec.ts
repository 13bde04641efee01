import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import type { PostResult } from './callback-post.ts';
import { CallbacksUnderTest, WEBHOOK_URL } from './callbacks-under-test.ts';
import type { PlayedFault } from '../faults/fault-rule.ts';

const REQUEST_URL = 'http://request.example/callback';

/** A receiver that answers when it is told to. */
function held(): {
  readonly answers: ((result: PostResult) => void)[];
  readonly answer: () => Promise<PostResult>;
} {
  const answers: ((result: PostResult) => void)[] = [];
  return { answers, answer: () => new Promise((resolve) => answers.push(resolve)) };
}

describe('Callbacks', () => {
  it('tell accepted, sent, delivered and read at the delays that are set, and keep them with the message', async () => {
    const test = new CallbacksUnderTest();
    test.send();
    expect(test.callbacks.counts).toEqual({ waiting: 4, retrying: 0, dropped: 0 });
    await test.clock.advanceTo(5_000);
    expect(test.receiver.posts.map(({ atMs }) => atMs)).toEqual([100, 300, 800, 1_500]);
    expect(test.receiver.told).toEqual(['accepted', 'sent', 'delivered', 'read']);
    expect(test.messages.get('whatsapp-1')?.statuses).toEqual([
      { status: 'accepted', time: new Date(100) },
      { status: 'sent', time: new Date(300) },
      { status: 'delivered', time: new Date(800) },
      { status: 'read', time: new Date(1_500) },
    ]);
    expect(test.callbacks.counts).toEqual({ waiting: 0, retrying: 0, dropped: 0 });
    expect(test.clock.waiting).toBe(0);
  });

  it.each<PostResult>([
    { kind: 'answered', status: 200 },
    { kind: 'answered', status: 500 },
    { kind: 'failed', code: 'ECONNREFUSED' },
  ])('tell a message’s next news only once the one before it ended with %j', async (result) => {
    const { answers, answer } = held();
    const test = new CallbacksUnderTest({ answer });
    test.send();
    for (let told = 1; told <= 4; told += 1) {
      await test.clock.advanceTo(test.clock.ms + 2_000);
      expect(answers).toHaveLength(told);
      answers.at(-1)?.(result);
    }
    await test.clock.advanceTo(test.clock.ms + 1);
    expect(test.receiver.told).toEqual(['accepted', 'sent', 'delivered', 'read']);
  });

  it('let a message go on while its receiver is slow', async () => {
    const test = new CallbacksUnderTest({ answer: held().answer });
    test.send();
    await test.clock.advanceTo(1_500);
    expect(test.receiver.posts).toHaveLength(1);
    expect(test.statuses()).toEqual(['accepted', 'sent', 'delivered', 'read']);
  });

  it('tell of two messages side by side', async () => {
    const test = new CallbacksUnderTest({ answer: held().answer });
    test.send('whatsapp-1');
    test.send('whatsapp-2');
    await test.clock.advanceTo(100);
    expect(test.receiver.posts).toHaveLength(2);
  });

  it('advance statuses in silence when nobody is to be told', async () => {
    const test = new CallbacksUnderTest({ configuration: { callbackUrl: undefined } as never });
    test.send();
    expect(test.clock.waiting).toBe(1);
    await test.clock.advanceTo(5_000);
    expect(test.statuses()).toEqual(['accepted', 'sent', 'delivered', 'read']);
    expect(test.receiver.posts).toEqual([]);
    expect(test.book.find({ limit: 10 })).toEqual([]);
  });

  it('say nothing more after the end, even of a message whose news was on its way', async () => {
    const { answers, answer } = held();
    const test = new CallbacksUnderTest({ answer });
    test.send();
    await test.clock.advanceTo(100);
    test.stop();
    answers[0]?.({ kind: 'answered', status: 500 });
    await test.clock.advanceTo(10_000_000);
    expect(test.receiver.posts).toHaveLength(1);
  });

  it('are forgotten at a reset, also the one on its way', async () => {
    const { answers, answer } = held();
    const test = new CallbacksUnderTest({ answer });
    test.send();
    await test.clock.advanceTo(100);
    test.callbacks.reset();
    answers[0]?.({ kind: 'answered', status: 500 });
    await test.clock.advanceTo(10_000_000);
    expect(test.receiver.posts).toHaveLength(1);
    expect(test.book.find({ limit: 10 })).toEqual([]);
    expect(test.callbacks.counts).toEqual({ waiting: 0, retrying: 0, dropped: 0 });

    test.receiver.answer = () => ({ kind: 'answered', status: 200 });
    test.send('whatsapp-2');
    await test.clock.advanceTo(20_000_000);
    expect(test.receiver.posts).toHaveLength(5);
  });

  it('tell error 131047 alone while the window is closed, and all else once the user wrote', async () => {
    const test = new CallbacksUnderTest({ settings: { enforceWindow: true } });
    test.send('whatsapp-1');
    await test.clock.advanceTo(5_000);
    expect(test.receiver.posts).toMatchObject([{ atMs: 100, body: { error: { code: 131047 } } }]);
    expect(test.messages.get('whatsapp-1')?.statuses).toEqual([
      { status: 'failed', time: new Date(100), code: 131_047 },
    ]);

    const phoneNumber = '+15550001234';
    test.windows.open(phoneNumber);
    test.callbacks.afterInbound({ wamid: 'wamid.in', phoneNumber, text: 'hi', time: test.clock.now() });
    await test.clock.advanceTo(5_001);
    expect(test.receiver.posts.at(-1)).toMatchObject({ body: { messages: [{ text: { body: 'hi' } }] } });
    test.send('whatsapp-2');
    await test.clock.advanceTo(10_000);
    expect(test.statuses('whatsapp-2')).toHaveLength(4);
  });

  describe('of a request with a callback of its own', () => {
    const token = { callbackToken: 'secret' };
    const urlsTold = async (settings: object): Promise<readonly string[]> => {
      const test = new CallbacksUnderTest({ settings, configuration: token });
      test.send('whatsapp-1', { callbackUrl: REQUEST_URL });
      await test.clock.advanceTo(100);
      return test.receiver.posts.map(
        ({ url, headers }) => `${url} ${'authorization' in headers ? 'authorized' : 'bare'}`,
      );
    };

    it.each([
      ['instead', [`${REQUEST_URL} bare`]],
      ['beside', [`${REQUEST_URL} bare`, `${WEBHOOK_URL} authorized`]],
      ['ignored', [`${WEBHOOK_URL} authorized`]],
    ])('go there %s of the webhook', async (requestCallback, urls) => {
      expect(await urlsTold({ requestCallback })).toEqual(urls);
    });

    it('show it the webhook’s credentials when that is set', async () => {
      expect(await urlsTold({ requestCallbackAuthorized: true })).toEqual([`${REQUEST_URL} authorized`]);
    });

    it('go there without any webhook', async () => {
      const test = new CallbacksUnderTest({ configuration: { callbackUrl: undefined } as never });
      test.send('whatsapp-1', { callbackUrl: REQUEST_URL });
      await test.clock.advanceTo(2_000);
      expect(test.receiver.posts.map(({ url }) => url)).toEqual(Array(4).fill(REQUEST_URL));
    });

    it('keep both receivers apart: one that hangs holds up its own alone', async () => {
      const test = new CallbacksUnderTest({
        settings: { requestCallback: 'beside' },
        answer: ({ url }) =>
          url === REQUEST_URL ? new Promise(() => undefined) : { kind: 'answered', status: 200 },
      });
      test.send('whatsapp-1', { callbackUrl: REQUEST_URL });
      await test.clock.advanceTo(2_000);
      expect(test.receiver.posts.filter(({ url }) => url === WEBHOOK_URL)).toHaveLength(4);
      expect(test.receiver.posts.filter(({ url }) => url === REQUEST_URL)).toHaveLength(1);
    });
  });

  describe('with faults', () => {
    const play = async (...faults: readonly PlayedFault[]): Promise<CallbacksUnderTest> => {
      const test = new CallbacksUnderTest({ settings: { timeScale: 60 } });
      test.send('whatsapp-1', { faults });
      await test.clock.advanceTo(5_000);
      return test;
    };

    it.each<[PlayedFault['fault'], readonly string[], readonly string[]]>([
      ['fails', ['accepted', 'error'], ['accepted', 'failed']],
      ['never-delivered', ['accepted', 'sent'], ['accepted', 'sent']],
      ['never-read', ['accepted', 'sent', 'delivered'], ['accepted', 'sent', 'delivered']],
      ['read-without-delivered', ['accepted', 'sent', 'read'], ['accepted', 'sent', 'read']],
      [
        'callbacks-doubled',
        ['accepted', 'accepted', 'sent', 'sent', 'delivered', 'delivered', 'read', 'read'],
        ['accepted', 'sent', 'delivered', 'read'],
      ],
      [
        'callbacks-out-of-order',
        ['read', 'delivered', 'sent', 'accepted'],
        ['accepted', 'sent', 'delivered', 'read'],
      ],
      ['callbacks-missing', [], ['accepted', 'sent', 'delivered', 'read']],
    ])('%s', async (fault, told, statuses) => {
      const test = await play({ fault });
      expect(test.receiver.told).toEqual(told);
      expect(test.statuses()).toEqual(statuses);
    });

    it('callbacks-late tells a documented minute later, while the message goes on', async () => {
      const test = await play({ fault: 'callbacks-late' });
      expect(test.receiver.posts.map(({ atMs }) => atMs)).toEqual([1_100, 1_300, 1_800, 2_500]);
      expect(test.messages.get('whatsapp-1')?.statuses.at(-1)?.time).toEqual(new Date(1_500));
    });

    it('fails with any code, and can be combined', async () => {
      const test = await play({ fault: 'fails', code: 131_056 }, { fault: 'callbacks-doubled' });
      expect(test.receiver.told).toEqual(['accepted', 'accepted', 'error', 'error']);
      expect(test.receiver.posts.at(-1)).toMatchObject({ body: { error: { code: 131_056 } } });
      expect(test.messages.get('whatsapp-1')?.statuses.at(-1)).toMatchObject({ code: 131_056 });
    });
  });
});
