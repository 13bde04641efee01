import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@parley/sender';
import { FakeClock } from '@parley/testing';
import { InProcessStatusLog } from './in-process-status-log.ts';
import { statusLogConformance } from './status-log-conformance.ts';
import { positionBefore } from './status-log.ts';
import type { WatchedStatus } from './status-log.ts';

statusLogConformance(
  { describe, it },
  'The memory of one process',
  ({ maxEntries }) => new InProcessStatusLog({ clock: systemClock, ttlMs: 60_000, maxEntries }),
);

function setUp({ ttlMs = 1_000, maxEntries = 3 } = {}) {
  const clock = new FakeClock();
  const log = new InProcessStatusLog({ clock, ttlMs, maxEntries });
  const append = (...keys: string[]) => log.append('default', keys.map(statusOf));
  const keysFrom = async (timeMs: number) => {
    const { entries, gap } = await log.read('default', positionBefore(timeMs), 100);
    return { keys: entries.map(({ status }) => status.key), gap };
  };
  return { clock, log, append, keysFrom };
}

function statusOf(key: string): WatchedStatus {
  return { account: 'default', key, status: 'sent', time: 'T', receivedTime: 'T' };
}

describe('InProcessStatusLog', () => {
  it('keeps exactly so many entries of an account', async () => {
    const { append, keysFrom } = setUp({ maxEntries: 3 });
    await append('a', 'b', 'c');
    expect(await keysFrom(0)).toEqual({ keys: ['a', 'b', 'c'], gap: false });
    await append('d');
    expect(await keysFrom(0)).toEqual({ keys: ['b', 'c', 'd'], gap: true });
  });

  it('forgets an entry when its time is over, and tells of a gap only before it', async () => {
    const { clock, append, keysFrom } = setUp({ ttlMs: 1_000 });
    const startMs = clock.now();
    await append('a');
    await clock.advance(500);
    await append('b');
    await clock.advance(500);
    expect(await keysFrom(startMs)).toEqual({ keys: ['b'], gap: true });
    expect(await keysFrom(startMs + 1)).toEqual({ keys: ['b'], gap: false });
  });

  it('keeps its order when the wall clock is set back', async () => {
    const { clock, log, append, keysFrom } = setUp({ ttlMs: 60_000 });
    await append('a');
    const { position: end } = await log.end('default');
    clock.jump(-10_000);
    await append('b');
    expect((await log.read('default', end, 10)).entries).toMatchObject([{ status: { key: 'b' } }]);
    expect((await keysFrom(0)).keys).toEqual(['a', 'b']);
  });
});
