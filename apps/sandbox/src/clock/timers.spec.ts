import { describe, expect, it } from '@jest/globals';
import { Timers } from './timers.ts';

describe('Timers', () => {
  it('waits', async () => {
    expect(await new Timers().sleep(1)).toBe(true);
  });

  it('ends every wait at once, and every later one', async () => {
    const timers = new Timers();
    const waits = [timers.sleep(60_000), timers.sleep(60_000)];
    timers.end();
    expect(await Promise.all([...waits, timers.sleep(60_000)])).toEqual([false, false, false]);
  });
});
