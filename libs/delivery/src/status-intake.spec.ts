import { describe, expect, it } from '@jest/globals';
import type { SentMessage } from '@parley/sender';
import { FakeClock } from '@parley/testing';
import type { StatusNews } from './delivery-store.ts';
import { InProcessDeliveryStore } from './in-process-delivery-store.ts';
import type { IntakeEvent } from './intake-event.ts';
import { StatusIntake } from './status-intake.ts';
import type { StatusIntakeOptions } from './status-intake.ts';
import type { Taken } from './taken.ts';

const LEASE_MS = 30_000;

/** A process that takes callbacks, with stores that can be away. */
function setUp(options: Partial<StatusIntakeOptions> = {}) {
  const clock = new FakeClock();
  const store = new InProcessDeliveryStore({ clock, ttlMs: 86_400_000, maxMessages: 1_000 });
  const known = new Map<string, SentMessage>();
  const events: IntakeEvent[] = [];
  const asked: (readonly string[])[] = [];
  const messages = {
    findByKeys: (_account: string, keys: readonly string[]) => {
      asked.push(keys);
      return Promise.resolve(keys.map((key) => known.get(key)));
    },
  };
  const start = (holder: string) =>
    new StatusIntake({
      deliveries: store,
      messages,
      clock,
      holder,
      leaseMs: LEASE_MS,
      onEvent: (event) => void events.push(event),
      ...options,
    });
  const intake = start('a');
  const take = (news: readonly StatusNews[], by = intake, signal = new AbortController().signal) =>
    watched(by.take('default', news, signal));
  return { clock, store, known, events, asked, messages, start, intake, take };
}

/** The end of a take, for looking at it while time stands still. */
function watched(promise: Promise<Taken>) {
  const seen: { taken: Taken | undefined } = { taken: undefined };
  void promise.then((taken) => (seen.taken = taken));
  return Object.assign(promise, { seen });
}

function sentMessage(messageId: string): SentMessage {
  return {
    messageId,
    account: 'default',
    phoneNumber: '+14155550100',
    metadata: {},
    attempts: 1,
    settledMs: 1,
  };
}

function newsOf(overrides: Partial<StatusNews> = {}): StatusNews {
  return { key: 'k', status: 'sent', timeMs: 1, receivedMs: 2, ...overrides };
}

function kindsOf(taken: Taken | undefined): string[] | undefined {
  return taken?.verdicts.map(({ kind }) => kind);
}

describe('StatusIntake', () => {
  it('tells a status with its message at once, and its repetition never', async () => {
    const { intake, known, take, clock } = setUp();
    known.set('k', sentMessage('m'));
    const taken = await take([newsOf()]);
    expect(taken).toMatchObject({
      busy: false,
      verdicts: [{ kind: 'tell', news: newsOf(), correlation: 'matched', sent: { messageId: 'm' } }],
    });
    await intake.told(taken);
    expect(await take([newsOf({ timeMs: 9 })])).toMatchObject({
      verdicts: [{ kind: 'duplicate' }],
      busy: false,
    });
    expect(clock.monotonicMs()).toBe(0);
  });

  it('drops what another process told', async () => {
    const { start, known, take, intake } = setUp();
    known.set('k', sentMessage('m'));
    await intake.told(await take([newsOf()]));
    expect(kindsOf(await take([newsOf()], start('b')))).toEqual(['duplicate']);
  });

  it('takes two equal news of one body for one, also under two identities', async () => {
    const { intake, known, take } = setUp();
    known.set('k', sentMessage('m'));
    const taken = await take([
      newsOf({ wamid: 'w', status: 'accepted' }),
      newsOf(),
      newsOf(),
      { wamid: 'w', status: 'sent', timeMs: 1, receivedMs: 2 },
      newsOf({ status: 'read' }),
    ]);
    expect(kindsOf(taken)).toEqual(['tell', 'tell', 'duplicate', 'duplicate', 'tell']);
    expect(taken.verdicts[1]).toMatchObject({ news: { key: 'k', wamid: 'w' } });
    await intake.told(taken);
    expect(kindsOf(await take([newsOf({ status: 'read' })]))).toEqual(['duplicate']);
  });

  it('finds the key of a WhatsApp id that came with it before, and with it the message', async () => {
    const { intake, known, take } = setUp();
    known.set('k', sentMessage('m'));
    await intake.told(await take([newsOf({ wamid: 'w', status: 'accepted' })]));
    const taken = await take([{ wamid: 'w', status: 'sent', timeMs: 1, receivedMs: 2 }]);
    expect(taken.verdicts).toMatchObject([
      { kind: 'tell', news: { key: 'k', wamid: 'w' }, correlation: 'matched' },
    ]);
  });

  it('frees what could not be told for the next one', async () => {
    const { intake, start, known, take } = setUp();
    known.set('k', sentMessage('m'));
    await intake.notTold(await take([newsOf()]));
    expect(kindsOf(await take([newsOf()], start('b')))).toEqual(['tell']);
  });

  describe('when a callback overtakes the answer to its own send', () => {
    it('waits until the message is known', async () => {
      const { clock, known, take, events } = setUp();
      const taking = take([newsOf()]);
      await clock.advance(399);
      expect(taking.seen.taken).toBeUndefined();
      known.set('k', sentMessage('m'));
      await clock.advance(1);
      expect(taking.seen.taken?.verdicts).toMatchObject([
        { correlation: 'matched', sent: { messageId: 'm' } },
      ]);
      expect(events).toMatchObject([{ kind: 'news-taken', toTell: 1, waitedMs: 400 }]);
    });

    it('tells it without its message when that stays unknown, and counts it', async () => {
      const { clock, intake, take, events } = setUp({ overtakeMs: 1_500 });
      const taking = take([newsOf()]);
      await clock.advance(1_499);
      expect(taking.seen.taken).toBeUndefined();
      await clock.advance(1);
      const taken = await taking;
      expect(taken.verdicts).toEqual([{ kind: 'tell', news: newsOf(), correlation: 'unknown' }]);
      await intake.told(taken);
      expect(events.at(-1)).toEqual({ kind: 'news-told', account: 'default', told: 1, uncorrelated: 1 });
    });

    it('asks only for what is still unknown', async () => {
      const { clock, known, asked, take } = setUp();
      known.set('known', sentMessage('m'));
      const taking = take([newsOf({ key: 'known' }), newsOf()]);
      await clock.advance(100);
      known.set('k', sentMessage('n'));
      await clock.advance(100);
      await taking;
      expect(asked).toEqual([['known', 'k'], ['k'], ['k']]);
    });

    it('waits for the key of its WhatsApp id, too, and does not tell what was told by key', async () => {
      const { clock, intake, known, take } = setUp();
      known.set('k', sentMessage('m'));
      const byWamid = { wamid: 'w', timeMs: 1, receivedMs: 2 };
      await intake.told(await take([newsOf({ status: 'read' })]));
      const taking = take([
        { ...byWamid, status: 'sent' },
        { ...byWamid, status: 'read' },
      ]);
      await clock.advance(299);
      expect(taking.seen.taken).toBeUndefined();
      await intake.told(await take([newsOf({ wamid: 'w', status: 'accepted' })]));
      await clock.advance(1);
      expect(taking.seen.taken?.verdicts).toMatchObject([
        { kind: 'tell', news: { key: 'k', wamid: 'w' }, correlation: 'matched', sent: { messageId: 'm' } },
        { kind: 'duplicate' },
      ]);
    });

    it('tells it without its message when no key comes with its WhatsApp id in time', async () => {
      const { clock, take } = setUp({ overtakeMs: 1_500 });
      const taking = take([{ wamid: 'w', status: 'sent', timeMs: 1, receivedMs: 2 }]);
      await clock.advance(1_499);
      expect(taking.seen.taken).toBeUndefined();
      await clock.advance(1);
      expect(taking.seen.taken?.verdicts).toMatchObject([{ kind: 'tell', correlation: 'unknown' }]);
    });

    it('waits for no message of what a user wrote, nor of what was told before', async () => {
      const { clock, store, take } = setUp();
      await store.settle('default', [newsOf()]);
      const taken = await take([newsOf(), { wamid: 'w', status: 'inbound', timeMs: 1, receivedMs: 2 }]);
      expect(taken.verdicts).toMatchObject([{ kind: 'duplicate' }, { kind: 'tell', correlation: 'unknown' }]);
      expect(clock.monotonicMs()).toBe(0);
    });

    it('does not wait when too many wait already', async () => {
      const { clock, take } = setUp({ maxWaiting: 2 });
      const waiting = [take([newsOf({ key: 'a' })]), take([newsOf({ key: 'b' })])];
      await clock.advance(100);
      const beyond = await take([newsOf({ key: 'c' })]);
      expect(beyond.verdicts).toMatchObject([{ kind: 'tell', correlation: 'unknown' }]);
      expect(waiting.map(({ seen }) => seen.taken)).toEqual([undefined, undefined]);
      await clock.advance(1_400);
      await Promise.all(waiting);
      const next = take([newsOf({ key: 'd' })]);
      await clock.advance(100);
      expect(next.seen.taken).toBeUndefined();
      await clock.advance(1_400);
    });

    it('stops waiting when the signal fires, and tells what it has', async () => {
      const { clock, take, intake } = setUp();
      const stop = new AbortController();
      const taking = take([newsOf()], intake, stop.signal);
      await clock.advance(250);
      stop.abort();
      expect((await taking).verdicts).toMatchObject([{ kind: 'tell', correlation: 'unknown' }]);
      expect(clock.monotonicMs()).toBe(250);
    });
  });

  describe.each([
    ['another callback of this process', (intake: StatusIntake) => intake],
    ['another process', (_: StatusIntake, start: (holder: string) => StatusIntake) => start('b')],
  ])('while %s is telling the same', (_name, other) => {
    async function telling() {
      const setting = setUp();
      setting.known.set('k', sentMessage('m'));
      const teller = other(setting.intake, setting.start);
      const theirs = await setting.take([newsOf()], teller);
      const taking = setting.take([newsOf()]);
      await setting.clock.advance(450);
      expect(taking.seen.taken).toBeUndefined();
      return { ...setting, teller, theirs, taking };
    }

    it('waits, and drops it once it is told', async () => {
      const { clock, teller, theirs, taking } = await telling();
      await teller.told(theirs);
      await clock.advance(50);
      expect(kindsOf(taking.seen.taken)).toEqual(['duplicate']);
    });

    it('waits, and tells it when the other could not', async () => {
      const { clock, teller, theirs, taking } = await telling();
      await teller.notTold(theirs);
      await clock.advance(50);
      expect(kindsOf(taking.seen.taken)).toEqual(['tell']);
    });

    it('leaves it to the provider’s repetition after two seconds', async () => {
      const { clock, taking } = await telling();
      await clock.advance(1_549);
      expect(taking.seen.taken).toBeUndefined();
      await clock.advance(1);
      expect(taking.seen.taken).toMatchObject({ verdicts: [{ kind: 'elsewhere' }], busy: true });
    });

    it('tells the repetition at once when the other could not in the end', async () => {
      const { clock, take, teller, theirs, taking } = await telling();
      await clock.advance(1_550);
      await taking;
      await teller.notTold(theirs);
      expect(kindsOf(await take([newsOf()]))).toEqual(['tell']);
    });
  });

  it('renews what it took while it waits for the rest of its body', async () => {
    const { clock, known, take, start } = setUp({ leaseMs: 1_000 });
    for (const key of ['mine', 'theirs']) known.set(key, sentMessage(key));
    const other = start('b');
    await take([newsOf({ key: 'theirs' })], other);
    const taking = take([newsOf({ key: 'mine' }), newsOf({ key: 'theirs' })]);
    await clock.advance(990);
    const third = take([newsOf({ key: 'mine' })], start('c'));
    await clock.advance(500);
    expect(kindsOf(taking.seen.taken)).toEqual(['tell', 'tell']);
    expect(third.seen.taken).toBeUndefined();
    await clock.advance(2_000);
    expect(kindsOf(third.seen.taken)).toEqual(['tell']);
  });

  it('tells the news of who died when his lease is over', async () => {
    const { clock, known, take, start } = setUp();
    known.set('k', sentMessage('m'));
    await take([newsOf()]);
    await clock.advance(LEASE_MS - 1_000);
    const taking = take([newsOf()], start('b'));
    await clock.advance(1_000);
    expect(kindsOf(taking.seen.taken)).toEqual(['tell']);
  });

  describe('while the stores are away', () => {
    function away() {
      const setting = setUp();
      const { store, messages } = setting;
      const real = { claim: store.claim.bind(store), settle: store.settle.bind(store) };
      const refuse = () => Promise.reject(Object.assign(new Error('+14155550100'), { code: 'REDIS_AWAY' }));
      store.keysOf = store.claim = store.settle = store.release = messages.findByKeys = refuse;
      return { ...setting, back: () => Object.assign(store, real) };
    }

    it('tells all news at once without their message, and says which step failed', async () => {
      const { clock, intake, take, events } = away();
      const taken = await take([newsOf(), { wamid: 'w', status: 'read', timeMs: 1, receivedMs: 2 }]);
      expect(taken.verdicts).toMatchObject([
        { kind: 'tell', correlation: 'unknown' },
        { kind: 'tell', correlation: 'unknown' },
      ]);
      await intake.told(taken);
      expect(clock.monotonicMs()).toBe(0);
      const failures = events.filter((event) => event.kind === 'store-failed');
      expect(failures.map(({ step }) => step).sort()).toEqual(['claim', 'find', 'find', 'settle']);
      expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['REDIS_AWAY']));
    });

    it('waits for no key then', async () => {
      const { clock, take } = away();
      const { verdicts } = await take([{ wamid: 'w', status: 'read', timeMs: 1, receivedMs: 2 }]);
      expect(verdicts).toMatchObject([{ kind: 'tell', correlation: 'unknown' }]);
      expect(clock.monotonicMs()).toBe(0);
    });

    it('still drops what this process told, and waits while it is telling', async () => {
      const { clock, intake, take } = away();
      const first = await take([newsOf({ wamid: 'w' })]);
      const second = take([newsOf()]);
      await clock.advance(100);
      expect(second.seen.taken).toBeUndefined();
      await intake.told(first);
      await clock.advance(100);
      expect(kindsOf(second.seen.taken)).toEqual(['duplicate']);
      const byWamid = { wamid: 'w', timeMs: 1, receivedMs: 2 };
      const { verdicts } = await take([
        { ...byWamid, status: 'sent' },
        { ...byWamid, status: 'read' },
      ]);
      expect(verdicts).toMatchObject([{ kind: 'duplicate' }, { kind: 'tell', news: { key: 'k' } }]);
    });

    it('drops later what it told meanwhile, and tells what it could not', async () => {
      const { intake, take, back, known } = away();
      await intake.told(await take([newsOf()]));
      await intake.notTold(await take([newsOf({ status: 'read' })]));
      back();
      known.set('k', sentMessage('m'));
      expect(kindsOf(await take([newsOf(), newsOf({ status: 'read' })]))).toEqual(['duplicate', 'tell']);
    });
  });

  it('has the store remember what was told while it could not, once it answers again', async () => {
    const { clock, store, intake, take, known } = setUp();
    for (const key of ['k', 'l', 'm']) known.set(key, sentMessage(key));
    const settle = store.settle.bind(store);
    const settled: number[] = [];
    store.settle = () => Promise.reject(new Error('away'));
    for (const key of ['k', 'l']) await intake.told(await take([newsOf({ key })]));
    expect(await store.find('default', 'k')).toEqual([]);
    store.settle = (account, news) => {
      settled.push(news.length);
      return settle(account, news);
    };
    await intake.told(await take([newsOf({ key: 'm' })]));
    await clock.advance(0);
    expect(settled.toSorted()).toEqual([1, 2]);
    for (const key of ['k', 'l', 'm']) expect(await store.find('default', key)).toEqual([newsOf({ key })]);
  });

  it('takes nothing from a body without news', async () => {
    const { intake, take, asked } = setUp();
    const taken = await take([]);
    expect(taken).toMatchObject({ verdicts: [], busy: false });
    await intake.told(taken);
    await intake.notTold(taken);
    expect(asked).toEqual([]);
  });
});
