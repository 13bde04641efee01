import { beforeEach, describe, expect, it } from '@jest/globals';
import type { InboundCallback, StatusCallback } from '@parley/insider';
import type { WindowObservation, WindowStore } from '@parley/sender';
import { FakeClock } from '@parley/testing';
import { WindowObservations, windowObservationOf } from './window-observations.ts';

const RECEIVED_MS = Date.UTC(2030, 0, 1);

describe('What callbacks say of windows', () => {
  let clock: FakeClock;
  let store: UnsteadyWindows;
  let closing: AbortController;
  let observations: WindowObservations;

  beforeEach(() => {
    clock = new FakeClock();
    store = new UnsteadyWindows();
    closing = new AbortController();
    observations = new WindowObservations({
      windows: store,
      clock,
      closing: closing.signal,
      onFailure: (account) => store.failures.push(account),
    });
  });

  it('is told at once, and only once', async () => {
    await observations.observe('a', [wrote(1)]);
    await clock.advance(10_000);
    expect(store.calls).toEqual([['a', [wrote(1)]]]);
  });

  it('is told again by itself while the store is away, by one call a second however many callbacks come', async () => {
    store.away.add('a');
    for (let user = 0; user < 500; user += 1) await observations.observe('a', [wrote(user)]);
    await clock.advance(5_000);
    expect(store.failures.length).toBeLessThanOrEqual(6);
    store.away.clear();
    await clock.advance(1_000);
    expect(store.calls.flatMap(([, told]) => told)).toEqual(
      Array.from({ length: 500 }, (_, user) => wrote(user)),
    );
  });

  it('is told a thousand numbers to a call, each once, when much of it waits', async () => {
    store.away.add('a');
    await observations.observe(
      'a',
      Array.from({ length: 2_500 }, (_, user) => wrote(user)),
    );
    store.away.clear();
    await clock.advance(1_000);
    expect(store.calls.map(([, told]) => told.length)).toEqual([1_000, 1_000, 500]);
    await observations.observe('a', [wrote(0)]);
    expect(store.calls.length).toBe(4);
  });

  it('waits as one observation for each number, with the latest moments', async () => {
    store.away.add('a');
    await observations.observe('a', [wrote(1, 20), { phoneNumber: numberOf(1), closedMs: 10 }, wrote(1, 5)]);
    store.away.clear();
    await clock.advance(1_000);
    expect(store.calls).toEqual([['a', [{ phoneNumber: numberOf(1), inboundMs: 20, closedMs: 10 }]]]);
  });

  it('of one account is not kept back by another’s', async () => {
    store.away.add('a');
    await observations.observe('a', [wrote(1)]);
    await observations.observe('b', [wrote(2)]);
    await clock.advance(1_000);
    expect(store.calls).toEqual([['b', [wrote(2)]]]);
  });

  it('is given up beyond 10,000 numbers, the oldest first', async () => {
    store.away.add('a');
    await observations.observe(
      'a',
      Array.from({ length: 10_001 }, (_, user) => wrote(user)),
    );
    store.away.clear();
    await clock.advance(1_000);
    const told = store.calls.flatMap(([, each]) => each);
    expect(told).toHaveLength(10_000);
    expect(told[0]).toEqual(wrote(1));
  });

  it('is told no more when the process is closing', async () => {
    store.away.add('a');
    await observations.observe('a', [wrote(1)]);
    closing.abort();
    store.away.clear();
    await clock.advance(10_000);
    expect(store.calls).toEqual([]);
  });
});

describe('A callback', () => {
  const facts = { phoneNumber: numberOf(1), receivedMs: RECEIVED_MS, settledMs: undefined };
  const refused: StatusCallback = {
    kind: 'status',
    status: 'failed',
    error: { code: '131047', title: 'Re-engagement message', details: '' },
    provider: {},
  };

  it('opens no window at a moment that is still to come', () => {
    const inbound = inboundAt(RECEIVED_MS + 86_400_000);
    expect(windowObservationOf(inbound, facts)).toEqual(wrote(1, RECEIVED_MS));
  });

  it('opens a window to who wrote in the second in which it was found closed, since WhatsApp tells seconds', () => {
    const inbound = inboundAt(RECEIVED_MS - 5_000);
    const opened = windowObservationOf(inbound, facts)?.inboundMs ?? 0;
    const closed = windowObservationOf(refused, { ...facts, settledMs: RECEIVED_MS - 4_500 })?.closedMs ?? 0;
    expect(opened).toBeGreaterThan(closed);
    expect(opened).toBeLessThan(RECEIVED_MS - 4_000);
  });

  it('closes a window as of its own moment, else as of the send, so that a late one closes nothing opened since', () => {
    const settledMs = RECEIVED_MS - 600_000;
    const time = new Date(RECEIVED_MS - 500_000);
    expect(windowObservationOf(refused, { ...facts, settledMs })).toMatchObject({ closedMs: settledMs });
    expect(windowObservationOf({ ...refused, time }, { ...facts, settledMs })).toMatchObject({
      closedMs: time.getTime(),
    });
  });

  it('closes none when nobody knows when its message was sent', () => {
    expect(windowObservationOf(refused, facts)).toBeUndefined();
  });
});

function inboundAt(ms: number): InboundCallback {
  return {
    kind: 'inbound',
    wamid: 'w',
    type: 'text',
    phoneNumber: numberOf(1),
    provider: {},
    time: new Date(ms),
  };
}

function numberOf(user: number): string {
  return `+1555${String(user).padStart(7, '0')}`;
}

function wrote(user: number, inboundMs = 1): WindowObservation {
  return { phoneNumber: numberOf(user), inboundMs };
}

class UnsteadyWindows implements WindowStore {
  /** Accounts whose calls fail. */
  readonly away = new Set<string>();
  readonly calls: [account: string, observations: readonly WindowObservation[]][] = [];
  readonly failures: string[] = [];

  find(): Promise<never[]> {
    return Promise.resolve([]);
  }

  observe(account: string, observations: readonly WindowObservation[]): Promise<void> {
    if (this.away.has(account)) return Promise.reject(new Error('away'));
    this.calls.push([account, observations]);
    return Promise.resolve();
  }
}
