import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@parley/testing';
import { RetryBudget } from './retry-budget.ts';

const never = new AbortController().signal;

function setUp() {
  const clock = new FakeClock();
  const budget = new RetryBudget({ clock });
  let granted = 0;
  const ask = (times: number) => {
    for (let time = 0; time < times; time += 1) void budget.spend(never).then(() => (granted += 1));
  };
  return { clock, budget, ask, granted: () => granted };
}

describe('RetryBudget', () => {
  it('grants ten repetitions at once, then one every five seconds without new traffic', async () => {
    const { clock, ask, granted } = setUp();
    ask(20);
    await clock.advance(0);
    expect(granted()).toBe(10);
    await clock.advance(4900);
    expect(granted()).toBe(10);
    await clock.advance(200);
    expect(granted()).toBe(11);
    await clock.advance(19_900);
    expect(granted()).toBe(15);
  });

  it('grants a repetition for every five requests made for the first time', async () => {
    const { clock, budget, ask, granted } = setUp();
    ask(60);
    await clock.advance(0);
    for (let second = 0; second < 10; second += 1) {
      for (let request = 0; request < 10; request += 1) budget.earn();
      await clock.advance(1000);
    }
    // The ten at once, a fifth of the hundred, and two of the floor's in ten seconds.
    expect(granted()).toBeGreaterThanOrEqual(31 - 2);
    expect(granted()).toBeLessThanOrEqual(32);
  });

  it('saves up no more than ten, from traffic or from time', async () => {
    const { clock, budget, ask, granted } = setUp();
    for (let request = 0; request < 1000; request += 1) budget.earn();
    await clock.advance(3_600_000);
    ask(20);
    await clock.advance(0);
    expect(granted()).toBe(10);
  });

  it('lets go of who waits no longer', async () => {
    const { clock, budget, ask } = setUp();
    ask(10);
    await clock.advance(0);
    const given = new AbortController();
    const waiting = budget.spend(given.signal);
    given.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(budget.spend(given.signal)).rejects.toThrow('enough');
  });
});
