import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { Replicas } from './replicas.ts';

function seen(alive: number, rank = 0, atMs = 0): Replicas {
  const replicas = new Replicas();
  replicas.saw({ alive, rank, atMs });
  return replicas;
}

describe('Replicas', () => {
  it('makes one request per second as long as Redis was never seen', () => {
    expect(new Replicas().share(10)).toBe(1);
  });

  it('never shares out more than the limit', () => {
    const counts = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(counts, counts, (limit, alive) => {
        const shares = Array.from({ length: alive }, (_, rank) => seen(alive, rank).share(limit));
        return shares.reduce((sum, share) => sum + share, 0) <= limit;
      }),
      { numRuns: propertyRuns() },
    );
  });

  it('gives one request to each of the first when there are more replicas than requests', () => {
    expect([0, 1, 2, 3].map((rank) => seen(4, rank).share(2))).toEqual([1, 1, 0, 0]);
  });

  it('believes in fewer replicas once no more were seen for ten seconds', () => {
    const replicas = seen(4);
    for (let atMs = 1_000; atMs < 10_000; atMs += 1_000) replicas.saw({ alive: 1, rank: 0, atMs });
    expect(replicas.share(10)).toBe(2);
    replicas.saw({ alive: 1, rank: 0, atMs: 10_000 });
    expect(replicas.share(10)).toBe(10);
  });

  it('takes its share of before when it is the first to find a Redis that was away, for however long', () => {
    const outagesMs = fc.integer({ min: 0, max: 3_600_000 });
    const sincesMs = fc.integer({ min: 0, max: 7_000 });
    fc.assert(
      fc.property(outagesMs, sincesMs, (outageMs, sinceMs) => {
        const replicas = seen(4);
        for (let atMs = 1_000; atMs <= sinceMs; atMs += 1_000) replicas.saw({ alive: 3, rank: 0, atMs });
        replicas.saw({ alive: 1, rank: 0, atMs: sinceMs + outageMs });
        return replicas.share(10) <= 3;
      }),
      { numRuns: propertyRuns() },
    );
  });
});
