import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Clock } from '../clock/clock.ts';
import { Configuration } from '../configuration/configuration.ts';
import { RateLimit } from './rate-limit.ts';

class SetClock extends Clock {
  ms = 0;
  override nowMs(): number {
    return this.ms;
  }
}

describe('RateLimit', () => {
  it('takes ten requests in any second, not in each second of the clock', () => {
    const clock = new SetClock();
    const limit = new RateLimit(new Configuration(), clock);
    const takeAt = (ms: number, times: number): number => {
      clock.ms = ms;
      return Array.from({ length: times }, () => limit.tryTake()).filter(Boolean).length;
    };

    expect(takeAt(900, 6)).toBe(6);
    expect(takeAt(1_100, 6)).toBe(4);
    expect(takeAt(1_899, 1)).toBe(0);
    expect(takeAt(1_900, 10)).toBe(6);
    expect(takeAt(2_100, 10)).toBe(4);
  });
});
