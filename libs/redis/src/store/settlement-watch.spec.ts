import { describe, expect, it } from '@jest/globals';
import type { Settlement } from '@parley/sender';
import { FakeClock } from '@parley/testing';
import { RedisAway } from '../redis-away.ts';
import { SettlementWatch } from './settlement-watch.ts';
import type { WatchedEnd } from './settlement-watch.ts';

const LEASE_MS = 30_000;
const ID = { account: 'default', messageId: 'followed', fingerprint: 'f' };
const ACCEPTED: Settlement = {
  kind: 'settled',
  outcome: { kind: 'accepted', key: 'key' },
  attempts: 1,
  duplicate: false,
};

/** Somebody who follows an id while Redis answers as `answer` says, or is away. */
function following(): {
  clock: FakeClock;
  answer: (answer: WatchedEnd | 'away') => void;
  told: unknown[];
  signal: AbortController;
} {
  const clock = new FakeClock();
  let now: WatchedEnd | 'away' = 'in-flight';
  const watch = new SettlementWatch({
    clock,
    leaseMs: LEASE_MS,
    ask: (ids) => {
      if (now === 'away') return Promise.reject(new RedisAway('ECONNREFUSED'));
      const answer = now;
      return Promise.resolve(ids.map(() => answer));
    },
  });
  const told: unknown[] = [];
  const signal = new AbortController();
  void watch.follow(ID, signal.signal).then(
    (end) => told.push(end),
    (error: unknown) => told.push(error),
  );
  return { clock, answer: (answer) => (now = answer), told, signal };
}

describe('Who follows an id', () => {
  it.each<[WatchedEnd, Settlement | undefined]>([
    [ACCEPTED, ACCEPTED],
    ['free', undefined],
  ])('waits for its end for as long as Redis says that it is in flight', async (answer, end) => {
    const { clock, answer: answerFromNowOn, told } = following();
    await clock.advance(10 * LEASE_MS);
    expect(told).toEqual([]);
    answerFromNowOn(answer);
    await clock.advance(200);
    expect(told).toEqual([end]);
  });

  it('does not notice an absence of Redis that is shorter than a lease', async () => {
    const { clock, answer, told } = following();
    for (let time = 0; time < 3; time += 1) {
      answer('away');
      await clock.advance(LEASE_MS - 1000);
      answer('in-flight');
      await clock.advance(1000);
    }
    answer(ACCEPTED);
    await clock.advance(200);
    expect(told).toEqual([ACCEPTED]);
  });

  it('is let go when nobody could be asked for as long as a holder has an id', async () => {
    const { clock, answer, told } = following();
    await clock.advance(60_000);
    answer('away');
    await clock.advance(LEASE_MS - 200);
    expect(told).toEqual([]);
    await clock.advance(400);
    expect(told).toEqual([new RedisAway('ECONNREFUSED')]);
  });

  it('is let go at once when nobody wants it any more', async () => {
    const { clock, told, signal } = following();
    signal.abort(new Error('enough'));
    await clock.advance(0);
    expect(told).toEqual([new Error('enough')]);
  });
});
