import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@parley/testing';
import { BatchingProducer } from '../batching-producer.ts';
import type { BusErrorCode } from '../bus-error.ts';
import type { OutgoingRecord } from '../bus.ts';
import { UnsteadyBus } from '../testing/unsteady-bus.ts';
import { InMemorySpool } from './in-memory-spool.ts';
import type { SpoolEvent } from './spool-event.ts';
import type { Spool } from './spool.ts';
import { SpoolingSender, type SpoolingSenderOptions } from './spooling-sender.ts';

let bus: UnsteadyBus;
let spool: InMemorySpool;
let events: SpoolEvent[];
let senders: SpoolingSender[];

beforeEach(() => {
  bus = new UnsteadyBus();
  spool = new InMemorySpool();
  events = [];
  senders = [];
});
afterEach(() => Promise.all(senders.map((sender) => sender.close({ timeoutMs: 0 }))));

describe('A spooling sender', () => {
  it('sends straight to the bus while nothing waits', async () => {
    await open().send(records('1', '2'));
    expect(values(bus.log)).toEqual(['1', '2']);
    expect(await spool.length()).toBe(0);
    expect(events).toEqual([]);
  });

  it.each<BusErrorCode>(['UNAVAILABLE', 'TIMEOUT', 'OVERLOADED', 'UNAUTHORIZED', 'REJECTED', 'CLOSED'])(
    'spools what the bus refuses as %s, and lines up behind it',
    async (code) => {
      const sender = open();
      bus.script.push({ kind: 'refused', code });
      await sender.send(records('1'));
      await sender.send(records('2', '3'));
      expect(bus.requests).toHaveLength(1);
      expect(await waitingValues()).toEqual(['1', '2', '3']);
      expect(sender.state()).toEqual({ waiting: 3, spoolAway: false });
      expect(events).toEqual([
        { type: 'spooling-began', code },
        { type: 'records-spooled', count: 1 },
        { type: 'records-spooled', count: 2 },
      ]);
    },
  );

  it('spools of a request only what is not acknowledged', async () => {
    bus.script.push({ kind: 'refused', code: 'UNAVAILABLE', acknowledged: 2 });
    await open().send(records('1', '2', '3'));
    expect(values(bus.log)).toEqual(['1', '2']);
    expect(await waitingValues()).toEqual(['3']);
  });

  it('tells the caller of a record that is too large for the bus, and of no other', async () => {
    bus.tooLarge = 'large';
    const producer = new BatchingProducer({ bus: open() });
    const outcomes = await Promise.allSettled(
      records('1', 'large', '2').map((record) => producer.publish(record)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'RECORD_TOO_LARGE' } });
    expect(values(bus.log)).toEqual(['1', '2']);
    expect(await spool.length()).toBe(0);
  });

  it('does not spool what its caller gave up before anything was written', async () => {
    bus.script.push({ kind: 'refused', code: 'ABORTED' });
    await expect(open().send(records('1'))).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await spool.length()).toBe(0);
  });

  it('refuses when the spool is full, behind others as well as first', async () => {
    spool = new InMemorySpool({ maxRecords: 2 });
    bus.steady = { kind: 'refused', code: 'UNAVAILABLE' };
    const sender = open();
    await expect(sender.send(records('1', '2', '3'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await sender.send(records('1'));
    await expect(sender.send(records('2', '3'))).rejects.toMatchObject({
      code: 'OVERLOADED',
      retryable: true,
    });
    expect(await waitingValues()).toEqual(['1']);
    expect(events.filter(({ type }) => type === 'spool-full')).toHaveLength(2);
  });

  it('passes by a spool that is away, and refuses when the bus is away too', async () => {
    const away = new AwaySpool();
    const sender = open({ spool: away });
    await sender.send(records('1'));
    expect(values(bus.log)).toEqual(['1']);
    bus.script.push({ kind: 'refused', code: 'UNAVAILABLE' });
    await expect(sender.send(records('2'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(sender.state()).toEqual({ waiting: 0, spoolAway: true });
    away.isAway = false;
    await sender.send(records('3'));
    expect(sender.state().spoolAway).toBe(false);
    expect(events.map(({ type }) => type)).toEqual(['spool-away', 'spool-back']);
  });

  it('is the bus alone without a spool', async () => {
    const sender = open({ spool: undefined });
    bus.script.push({ kind: 'refused', code: 'UNAVAILABLE' });
    await expect(sender.send(records('1'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await sender.send(records('2'));
    expect(values(bus.log)).toEqual(['2']);
    expect(events).toEqual([]);
  });

  it('puts nothing on the bus that it read when its lease was nearly over', async () => {
    spool = new SlowSpool({ firstTakeMs: 150 });
    await spool.append(records('1'));
    const take = jest.spyOn(spool, 'take');
    const send = jest.spyOn(bus, 'send');
    open({ timeoutMs: 100, leaseMs: 200, lookEveryMs: 10 }).start();
    await until('it is drained', () => bus.log.length > 0);
    const [, secondTake = Infinity] = take.mock.invocationCallOrder;
    expect(send.mock.invocationCallOrder[0]).toBeGreaterThan(secondTake);
    expect(values(bus.log)).toEqual(['1']);
  });

  it('waits for a spool that takes as long as a busy disk of Redis may', async () => {
    spool = new SlowSpool({ appendMs: 2_200 });
    bus.script.push({ kind: 'refused', code: 'UNAVAILABLE' });
    const sender = open();
    await sender.send(records('1'));
    expect(await waitingValues()).toEqual(['1']);
    expect(sender.state().spoolAway).toBe(false);
  });
});

describe('A spooling sender in doubt', () => {
  beforeEach(() => {
    bus.script.push({ kind: 'in-doubt' });
  });

  it('takes out of the spool what was written after all', async () => {
    const sender = open();
    sender.start();
    await sender.send(records('1', '2'));
    await sender.send(records('3'));
    bus.settle('written');
    await untilDrained();
    expect(values(bus.log)).toEqual(['1', '2', '3']);
  });

  it('drains what nobody knows the end of', async () => {
    const sender = open();
    sender.start();
    await sender.send(records('1'));
    bus.settle('unknown', { isWritten: true });
    await untilDrained();
    expect(values(bus.log)).toEqual(['1', '1']);
  });

  it('keeps others from draining for longer than one doubt lasts', async () => {
    const other = new UnsteadyBus(bus.log);
    const { spool: view, nextLook } = watched(spool);
    open({ spool: view, bus: other }).start();
    const doubtMs = 1_500;
    await open({ doubtMs }).send(records('1'));
    await sleep(doubtMs * 1.2);
    await nextLook();
    expect(other.requests).toEqual([]);
    bus.settle('written');
    await untilDrained();
    expect(values(bus.log)).toEqual(['1']);
  });

  it('lets others drain when its process has died', async () => {
    const other = new UnsteadyBus(bus.log);
    open({ bus: other }).start();
    const dying = open({ doubtMs: 60 });
    await dying.send(records('1'));
    await dying.close({ timeoutMs: 0 });
    await untilDrained();
    expect(values(other.log)).toEqual(['1']);
  });

  it('takes out what was written even when the spool is away at that moment', async () => {
    const unsteady = new AwaySpool({ isAway: false });
    await open({ spool: unsteady }).send(records('1'));
    unsteady.isAway = true;
    bus.settle('written');
    await until('the spool is asked', () => events.some(({ type }) => type === 'spool-away'));
    unsteady.isAway = false;
    await until('it has heard', () => events.some(({ type }) => type === 'spool-back'));
    expect(await unsteady.length()).toBe(0);
  });

  it('gives requests time to end when it closes', async () => {
    const sender = open();
    await sender.send(records('1'));
    const closed = sender.close({ timeoutMs: 5_000 });
    bus.settle('written');
    await closed;
    expect(await spool.length()).toBe(0);
  });
});

describe('Draining a spool', () => {
  it('puts on the bus in order what earlier processes left', async () => {
    await spool.append(records(...numbers(1_200)));
    const sender = open();
    sender.start();
    await untilDrained();
    expect(values(bus.log)).toEqual(numbers(1_200));
    expect(bus.requests.map(({ length }) => length)).toEqual([500, 500, 200]);
    await until('it is told', () => events.at(-1)?.type === 'spooling-ended');
    expect(sender.state().waiting).toBe(0);
  });

  it('measures its requests in bytes too', async () => {
    await spool.append(records('a'.repeat(500_000), 'b'.repeat(500_000), 'c'.repeat(1_000_000), 'd'));
    open().start();
    await untilDrained();
    expect(bus.requests.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
  });

  it('is done by one of several at a time', async () => {
    await spool.append(records(...numbers(2_000)));
    for (const each of [new UnsteadyBus(bus.log), new UnsteadyBus(bus.log)]) open({ bus: each }).start();
    await untilDrained();
    expect(values(bus.log)).toEqual(numbers(2_000));
  });

  it('goes on where the bus refused', async () => {
    await spool.append(records('1', '2', '3'));
    bus.script.push({ kind: 'refused', code: 'UNAUTHORIZED', acknowledged: 1 });
    open().start();
    await untilDrained();
    expect(values(bus.log)).toEqual(['1', '2', '3']);
    expect(events).toContainEqual({
      type: 'drain-failed',
      code: 'UNAUTHORIZED',
      topic: expect.any(String),
    });
  });

  it('waits for the end of its own request in doubt', async () => {
    await spool.append(records('1', '2'));
    bus.script.push({ kind: 'in-doubt' });
    open().start();
    await until('it is in doubt', () => bus.inDoubt.length > 0);
    await until('it is told', () => events.some(({ type }) => type === 'drain-failed'));
    const other = new UnsteadyBus(bus.log);
    const { spool: view, nextLook } = watched(spool);
    open({ spool: view, bus: other }).start();
    await nextLook();
    bus.settle('written');
    expect(other.requests).toEqual([]);
    await untilDrained();
    expect(values(bus.log)).toEqual(['1', '2']);
  });

  it('puts nothing on the bus again that could not be removed at once, nor lets others do it', async () => {
    const unsteady = new AwaySpool({ isAway: false });
    await unsteady.append(records('1', '2'));
    unsteady.isAwayForRemoving = true;
    open({ spool: unsteady }).start();
    await until('it is on the bus', () => bus.log.length === 2);
    const other = new UnsteadyBus(bus.log);
    const { spool: view, nextLook } = watched(unsteady);
    open({ spool: view, bus: other }).start();
    await nextLook();
    unsteady.isAwayForRemoving = false;
    await untilDrained(unsteady);
    expect(values(bus.log)).toEqual(['1', '2']);
    expect(other.requests).toEqual([]);
  });

  it('puts a record without its value in the place of one that the bus finds too large', async () => {
    const headers = { traceparent: '00-1' };
    const large: OutgoingRecord = { topic: 't', key: 'k', value: 'too large', headers };
    await spool.append([...records('1'), large, ...records('2')]);
    bus.tooLarge = 'large';
    open().start();
    await untilDrained();
    expect(bus.log).toHaveLength(3);
    expect(bus.log).toContainEqual({
      ...large,
      value: null,
      headers: { ...headers, 'spool-value-omitted-bytes': '9' },
    });
    expect(events).toContainEqual({ type: 'spooled-value-omitted', topic: 't', bytes: 9 });
  });

  it('ends when it is closed', async () => {
    const sender = open();
    sender.start();
    await sender.close({ timeoutMs: 1_000 });
    const other = new UnsteadyBus(bus.log);
    const later = open({ bus: other });
    await spool.append(records('1'));
    later.start();
    await untilDrained();
    expect(bus.requests).toEqual([]);
    expect(values(other.requests.flat())).toEqual(['1']);
  });
});

function open(options: Partial<SpoolingSenderOptions> = {}): SpoolingSender {
  const sender = new SpoolingSender({
    bus,
    spool,
    lookEveryMs: 5,
    onEvent: (event) => events.push(event),
    ...options,
  });
  senders.push(sender);
  return sender;
}

/** A spool in memory that can be away. */
class SlowSpool extends InMemorySpool {
  #takeMs: number;
  readonly #appendMs: number;

  constructor({
    firstTakeMs = 0,
    appendMs = 0,
  }: {
    readonly firstTakeMs?: number;
    readonly appendMs?: number;
  }) {
    super();
    this.#takeMs = firstTakeMs;
    this.#appendMs = appendMs;
  }

  override async take(options: Parameters<Spool['take']>[0]): ReturnType<Spool['take']> {
    const head = await super.take(options);
    await sleep(this.#takeMs);
    this.#takeMs = 0;
    return head;
  }

  override async append(...asked: Parameters<Spool['append']>): ReturnType<Spool['append']> {
    await sleep(this.#appendMs);
    return super.append(...asked);
  }
}

class AwaySpool extends InMemorySpool implements Spool {
  isAway: boolean;
  isAwayForRemoving = false;

  constructor({ isAway = true } = {}) {
    super();
    this.isAway = isAway;
  }

  override appendBehind: Spool['appendBehind'] = (...args) =>
    this.#unlessAway(() => super.appendBehind(...args));
  override append: Spool['append'] = (...args) => this.#unlessAway(() => super.append(...args));
  override remove: Spool['remove'] = (...args) =>
    this.isAwayForRemoving ? away() : this.#unlessAway(() => super.remove(...args));

  #unlessAway<T>(act: () => Promise<T>): Promise<T> {
    return this.isAway ? away() : act();
  }
}

function away(): Promise<never> {
  return Promise.reject(new Error('away'));
}

function records(...contents: readonly string[]): OutgoingRecord[] {
  return contents.map((value) => ({ topic: 't', key: 'k', value }));
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

function values(list: readonly OutgoingRecord[]): string[] {
  return list.map(({ value }) => String(value));
}

async function waitingValues(): Promise<string[]> {
  const head = await spool.take({ holder: 'test', leaseMs: 0, maxRecords: 1_000 });
  return head.kind === 'entries' ? values(head.entries.map(({ record }) => record)) : [];
}

/** The spool as one sender sees it, which can be waited for to look at it. */
function watched<T extends Spool>(of: T): { readonly spool: T; readonly nextLook: () => Promise<void> } {
  let looks = 0;
  const view = new Proxy(of, {
    get(target, name: keyof Spool & keyof T) {
      if (name === 'take') looks += 1;
      return (target[name] as (...args: unknown[]) => unknown).bind(target);
    },
  });
  // A look may be under way: the second one begins afterwards for certain.
  const nextLook = (from = looks): Promise<void> => until('it has looked', () => looks >= from + 2);
  return { spool: view, nextLook: () => nextLook() };
}

async function untilDrained(of: Spool = spool): Promise<void> {
  let waiting = -1;
  await until('the spool is empty', () => {
    void of.length().then((length) => (waiting = length));
    return waiting === 0;
  });
}
