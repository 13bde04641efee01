import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Clock } from '../clock/clock.ts';
import { StateFile } from '../state/state-file.ts';
import { CustomerServiceWindows, MAX_USERS } from './customer-service-windows.ts';

const NO_STATE = new StateFile(undefined);
const HOUR_MS = 3_600_000;

class SetClock extends Clock {
  ms = 0;
  override nowMs(): number {
    return this.ms;
  }
}

describe('CustomerServiceWindows', () => {
  it('are open for 24 hours after the user’s last message', () => {
    const clock = new SetClock();
    const windows = new CustomerServiceWindows(clock, NO_STATE);
    expect(windows.isOpen('+15550001234')).toBe(false);

    windows.open('+15550001234');
    clock.ms = 24 * HOUR_MS - 1;
    expect(windows.isOpen('+15550001234')).toBe(true);
    expect(windows.isOpen('+15550009999')).toBe(false);

    windows.open('+15550001234');
    clock.ms += 24 * HOUR_MS;
    expect(windows.isOpen('+15550001234')).toBe(false);
  });

  it('forget who wrote longest ago', () => {
    const windows = new CustomerServiceWindows(new SetClock(), NO_STATE);
    windows.open('first');
    windows.open('second');
    windows.open('first');
    for (let user = 0; user < MAX_USERS - 1; user += 1) windows.open(String(user));
    expect([windows.isOpen('first'), windows.isOpen('second')]).toEqual([true, false]);
  });
});
