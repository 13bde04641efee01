import { describe, expect, it } from '@jest/globals';
import { InProcessWindowStore } from './in-process-window-store.ts';
import { windowStoreConformance } from './window-store-conformance.ts';

const store = new InProcessWindowStore({ maxRemembered: 10_000 });

windowStoreConformance({ describe, it }, 'The memory of one process', () => store);

describe('InProcessWindowStore', () => {
  it('forgets first whom nothing was told of for the longest time, when there are too many', async () => {
    const memory = new InProcessWindowStore({ maxRemembered: 2 });
    const observe = (phoneNumber: string) => memory.observe('default', [{ phoneNumber, inboundMs: 1 }]);
    for (const phoneNumber of ['+1', '+2', '+1', '+3']) await observe(phoneNumber);
    expect(await memory.find('default', ['+1', '+2', '+3'])).toEqual([
      { inboundMs: 1 },
      undefined,
      { inboundMs: 1 },
    ]);
  });
});
