import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@parley/testing';
import type { RedisLink } from '../redis-link.ts';
import type { RedisScript } from '../redis-script.ts';
import { ANNOUNCE } from './announce-script.ts';
import { SharedSlots } from './shared-slots.ts';

/** The clock of Redis is so much ahead of the monotonic one. */
const AHEAD_MS = 1_700_000_000_000;

describe('SharedSlots', () => {
  it('says when it used the clock by the moment of asking, however late Redis comes to hear it', async () => {
    const clock = new FakeClock();
    const usedAt: string[] = [];
    const evaluate = async (script: RedisScript, { args }: { args: readonly string[] }): Promise<unknown> => {
      expect(script).toBe(ANNOUNCE);
      usedAt.push(args[3] ?? '');
      await clock.sleep(300);
      return [String(AHEAD_MS + clock.monotonicMs()), 1, 0, ''];
    };
    const slots = new SharedSlots({
      link: { evaluate } as unknown as RedisLink,
      clock,
      account: 'default',
      replicaId: 'a',
      onClockStepped: () => undefined,
    });
    for (const isUser of [false, true]) {
      const announced = slots.announce({ isUser });
      await clock.advance(300);
      expect(await announced).toEqual({ alive: 1, rank: 0, usedAgoMs: undefined });
    }
    expect(usedAt).toEqual(['', `${AHEAD_MS + 300}.000`]);
  });
});
