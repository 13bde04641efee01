import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Clock } from '../clock/clock.ts';
import { Changes } from '../live/changes.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { Settings } from '../settings/settings.ts';
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
    const limit = new RateLimit(new CurrentSettings(new Settings(), new Changes()), clock);
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

  it('follows its setting, and takes everything at 0', () => {
    const clock = new SetClock();
    const settings = new CurrentSettings(new Settings(), new Changes());
    const limit = new RateLimit(settings, clock);
    const take = (times: number): number =>
      Array.from({ length: times }, () => limit.tryTake()).filter(Boolean).length;

    settings.change({ rateLimitPerSecond: 5_000 });
    expect(take(6_000)).toBe(5_000);
    clock.ms = 1_000;
    expect(take(6_000)).toBe(5_000);
    settings.change({ rateLimitPerSecond: 0 });
    expect(take(6_000)).toBe(6_000);
  });
});
