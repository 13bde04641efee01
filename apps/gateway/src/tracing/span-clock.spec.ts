import { describe, expect, it } from '@jest/globals';
import { SpanClock } from './span-clock.ts';

describe('SpanClock', () => {
  it('goes as evenly as the monotonic clock, and follows the wall clock when that is set', () => {
    let [wallMs, monotonicMs] = [1_700_000_000_000, 10.25];
    const clock = new SpanClock(
      () => wallMs,
      () => monotonicMs,
    );
    expect(clock.now()).toBe(1_700_000_000_000);
    // The wall clock tells whole milliseconds.
    monotonicMs += 0.5;
    expect(clock.now()).toBe(1_700_000_000_000.5);
    wallMs += 3_600_000;
    monotonicMs += 1;
    expect(clock.now()).toBe(1_700_003_600_000);
  });
});
