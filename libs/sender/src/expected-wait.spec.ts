import { describe, expect, it } from '@jest/globals';
import { expectedWaitMs } from './expected-wait.ts';

function expected({ messages = 1, interactive = 0, bulk = 0, nextInMs = 40, intervalMs = 100, batch = 100 }) {
  return expectedWaitMs({
    messages,
    ahead: { interactive, bulk },
    permits: { pace: { nextInMs, intervalMs } },
    maxMessagesPerRequest: batch,
  });
}

describe('expectedWaitMs', () => {
  it('is the time until the next permit when all fit into one request', () => {
    expect(expected({})).toBe(40);
    expect(expected({ messages: 100 })).toBe(40);
  });

  it('counts a permit for each further request that those ahead and these need', () => {
    expect(expected({ messages: 101 })).toBe(140);
    expect(expected({ interactive: 99 })).toBe(40);
    expect(expected({ interactive: 100 })).toBe(140);
    expect(expected({ interactive: 950, messages: 51 })).toBe(40 + 10 * 100);
  });

  it('leaves bulk its fifth of each request while it waits, and is not held up by it beyond that', () => {
    expect(expected({ messages: 80, bulk: 1_000_000 })).toBe(40);
    expect(expected({ messages: 81, bulk: 1_000_000 })).toBe(140);
  });

  it('has at least one place in each request, however few there are', () => {
    expect(expected({ messages: 3, bulk: 1, batch: 1 })).toBe(240);
  });
});
