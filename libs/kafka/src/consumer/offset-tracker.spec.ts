import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { OffsetTracker } from './offset-tracker.ts';

describe('OffsetTracker', () => {
  /** Growing offsets with gaps, as compaction and transactions leave them, and an order of settling. */
  const workload = fc
    .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 100 })
    .map((gaps) => {
      let offset = 0n;
      return gaps.map((gap) => (offset += BigInt(gap)));
    })
    .chain((offsets) =>
      fc.record({
        offsets: fc.constant(offsets),
        order: fc.shuffledSubarray(offsets, { minLength: offsets.length, maxLength: offsets.length }),
      }),
    );

  it('never allows a commit beyond the oldest unsettled record, and reaches the end when all are settled', () => {
    fc.assert(
      fc.property(workload, ({ offsets, order }) => {
        const tracker = new OffsetTracker();
        for (const offset of offsets) expect(tracker.add(offset, 10)).toBe(true);
        const unsettled = new Set(offsets);
        for (const offset of order) {
          expect(tracker.unsettledBytes).toBe(10 * unsettled.size);
          expect(tracker.committable).toBe(offsets.find((each) => unsettled.has(each)));
          tracker.settle(offset);
          unsettled.delete(offset);
        }
        expect(tracker.committable).toBe((offsets.at(-1) ?? 0n) + 1n);
        expect(tracker.unsettledCount).toBe(0);
        expect(tracker.unsettledBytes).toBe(0);
        expect(tracker.replayCount).toBe(0n);
      }),
      { numRuns: propertyRuns(1_000) },
    );
  });

  it('never goes back when records are added and settled in any interleaving', () => {
    fc.assert(
      fc.property(workload, fc.array(fc.boolean()), ({ offsets, order }, coins) => {
        const tracker = new OffsetTracker();
        const toAdd = [...offsets];
        let toSettle = [...order];
        let last = 0n;
        while (toAdd.length > 0 || toSettle.length > 0) {
          const next = toAdd[0];
          const settled = toSettle.find((offset) => next === undefined || offset < next);
          if (settled === undefined || (next !== undefined && coins.pop() === true)) {
            tracker.add(toAdd.shift() ?? 0n, 10);
          } else {
            tracker.settle(settled);
            toSettle = toSettle.filter((offset) => offset !== settled);
          }
          const committable = tracker.committable ?? 0n;
          expect(committable >= last).toBe(true);
          last = committable;
        }
      }),
      { numRuns: propertyRuns(1_000) },
    );
  });

  it('passes over a record it has seen, in work or settled', () => {
    const tracker = new OffsetTracker();
    tracker.add(5n, 10);
    tracker.add(6n, 10);
    tracker.settle(6n);
    expect([5n, 6n, 7n].map((offset) => tracker.add(offset, 10))).toEqual([false, false, true]);
  });

  it('commits over offsets without records, but not over unsettled ones', () => {
    const tracker = new OffsetTracker();
    tracker.add(1n, 10);
    tracker.skipTo(10n);
    expect(tracker.committable).toBe(1n);
    expect(tracker.replayCount).toBe(9n);
    tracker.settle(1n);
    expect(tracker.committable).toBe(10n);
  });

  it('has nothing to commit before its first record', () => {
    expect(new OffsetTracker().committable).toBeUndefined();
  });
});
