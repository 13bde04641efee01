import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@parley/testing';
import { LocalSlotClock } from './local-slot-clock.ts';
import type { Slot } from './slot-clock.ts';
import { MAX_AHEAD_MS } from './slot-clock.ts';

const never = new AbortController().signal;
const tenPerSecond = { limitPerSecond: 10, marginMs: 0 };

function setUp(): { clock: FakeClock; slots: LocalSlotClock } {
  const clock = new FakeClock();
  return { clock, slots: new LocalSlotClock({ clock }) };
}

describe('LocalSlotClock', () => {
  it('hands out slots at an even distance, the margin included', async () => {
    const { slots } = setUp();
    const pace = { limitPerSecond: 10, marginMs: 50 };
    const due = [];
    for (let slot = 0; slot < 4; slot += 1) due.push((await slots.reserve(pace, never)).dueMs);
    expect(due).toEqual([0, 105, 210, 315]);
  });

  it('hands out no slot earlier than half a second before it comes due', async () => {
    const { clock, slots } = setUp();
    const pace = { limitPerSecond: 1, marginMs: 0 };
    await slots.reserve(pace, never);
    let second: Slot | undefined;
    void slots.reserve(pace, never).then((slot) => (second = slot));
    await clock.advance(1000 - MAX_AHEAD_MS - 1);
    expect(second).toBeUndefined();
    await clock.advance(1);
    expect(second).toEqual({ dueMs: 1000, reservedMs: 1000 - MAX_AHEAD_MS });
  });

  it('saves nothing up while nobody asks', async () => {
    const { clock, slots } = setUp();
    await slots.reserve(tenPerSecond, never);
    await clock.advance(10_000);
    expect((await slots.reserve(tenPerSecond, never)).dueMs).toBe(10_000);
    expect((await slots.reserve(tenPerSecond, never)).dueMs).toBe(10_100);
  });

  it('moves what is reserved next by as much as somebody left late', async () => {
    const { slots } = setUp();
    await slots.reserve(tenPerSecond, never);
    slots.push(30);
    expect((await slots.reserve(tenPerSecond, never)).dueMs).toBe(130);
  });

  it('revokes what was reserved when everybody is told to wait, and hands out nothing until then', async () => {
    const { clock, slots } = setUp();
    const before = await slots.reserve(tenPerSecond, never);
    expect(await slots.confirm(before)).toBe(true);
    slots.holdBack(10);
    expect(await slots.confirm(before)).toBe(false);
    await clock.advance(40);
    slots.holdBack(300);
    expect(await slots.confirm(before)).toBe(false);
    await clock.advance(1);
    const after = await slots.reserve(tenPerSecond, never);
    expect(after.dueMs).toBe(340);
    expect(await slots.confirm(after)).toBe(true);
  });

  it('keeps the longer of two waits', async () => {
    const { slots } = setUp();
    slots.holdBack(400);
    slots.holdBack(100);
    expect((await slots.reserve(tenPerSecond, never)).dueMs).toBe(400);
  });

  it('lets go of who waits no longer, without giving his slot away', async () => {
    const { clock, slots } = setUp();
    const pace = { limitPerSecond: 1, marginMs: 0 };
    await slots.reserve(pace, never);
    const given = new AbortController();
    const waiting = slots.reserve(pace, given.signal);
    given.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(slots.reserve(pace, given.signal)).rejects.toThrow('enough');
    await clock.advance(500);
    expect((await slots.reserve(pace, never)).dueMs).toBe(1000);
    await clock.advance(10_000);
    await expect(slots.reserve(pace, given.signal)).rejects.toThrow('enough');
  });
});
