import { describe, expect, it } from '@jest/globals';
import type { Entry } from '../api/answers.ts';
import { mergeNewest } from './merge-entries.ts';

function entry(key: string, statuses = 0): Entry {
  const outbound = { key, statuses: Array.from({ length: statuses }, () => ({ status: 'sent', time: '' })) };
  return { outbound } as unknown as Entry;
}

const keysOf = (entries: readonly Entry[]): unknown[] => entries.map(({ outbound }) => outbound?.key);

describe('mergeNewest', () => {
  const one = entry('1');
  const two = entry('2');

  it('adds what is new behind what is loaded, and keeps the way to older ones', () => {
    const merged = mergeNewest(
      { entries: [one, two], before: 'b1' },
      { entries: [entry('2'), entry('3')], before: 'b2' },
      10,
    );
    expect(keysOf(merged.entries)).toEqual(['1', '2', '3']);
    expect(merged.before).toBe('b1');
  });

  it('keeps what did not change as it is, and takes what got a status', () => {
    const merged = mergeNewest(
      { entries: [one, two], before: undefined },
      { entries: [entry('1'), entry('2', 1)], before: undefined },
      10,
    );
    expect(merged.entries[0]).toBe(one);
    expect(merged.entries[1]?.outbound?.statuses).toHaveLength(1);
  });

  it('leaves the page alone when a gap would be between, and when it grew too long', () => {
    const page = { entries: [entry('8'), entry('9')], before: 'b8' };
    expect(keysOf(mergeNewest({ entries: [one, two], before: 'b1' }, page, 10).entries)).toEqual(['8', '9']);
    const long = mergeNewest(
      { entries: [one, two], before: 'b1' },
      { entries: [entry('2'), entry('3')], before: 'b2' },
      2,
    );
    expect(keysOf(long.entries)).toEqual(['2', '3']);
    expect(long.before).toBe('b2');
  });

  it('is empty after a reset', () => {
    expect(mergeNewest({ entries: [one], before: 'b' }, { entries: [], before: undefined }, 10)).toEqual({
      entries: [],
      before: undefined,
    });
  });
});
