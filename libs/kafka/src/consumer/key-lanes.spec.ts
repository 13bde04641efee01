import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { KeyLanes } from './key-lanes.ts';

describe('KeyLanes', () => {
  it('keeps the order of each lane and the bound, in whatever order tasks complete', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        async (scheduler, lanesOfTasks, maxRunning) => {
          const lanes = new KeyLanes(maxRunning);
          const finished: { lane: number; task: number }[] = [];
          const busy = new Set<number>();
          lanesOfTasks.forEach((lane, task) => {
            lanes.enqueue(String(lane), async () => {
              expect(busy.has(lane)).toBe(false);
              busy.add(lane);
              expect(busy.size).toBeLessThanOrEqual(maxRunning);
              await scheduler.schedule(Promise.resolve());
              busy.delete(lane);
              finished.push({ lane, task });
            });
          });
          await scheduler.waitFor(lanes.idle());
          expect(finished).toHaveLength(lanesOfTasks.length);
          for (const ofLane of Map.groupBy(finished, ({ lane }) => lane).values()) {
            expect(ofLane).toEqual(ofLane.toSorted((a, b) => a.task - b.task));
          }
          expect([lanes.running, lanes.waiting]).toEqual([0, 0]);
        },
      ),
      { numRuns: propertyRuns(1_000) },
    );
  }, 60_000);

  it('lets a long lane delay nobody but itself', async () => {
    const lanes = new KeyLanes(1);
    const order: string[] = [];
    const task = (name: string) => (): Promise<void> => {
      order.push(name);
      return Promise.resolve();
    };
    for (const name of ['long 1', 'long 2', 'long 3']) lanes.enqueue('long', task(name));
    lanes.enqueue('short', task('short 1'));
    await lanes.idle();
    expect(order).toEqual(['long 1', 'short 1', 'long 2', 'long 3']);
  });
});
