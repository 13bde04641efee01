import { describe, expect, it } from '@jest/globals';
import { scrollTopFor, visibleRows } from './visible-rows.ts';

describe('visibleRows', () => {
  it('is what fits and a few more, however many there are', () => {
    expect(visibleRows(1_000, 72, { scrollTop: 7_200, height: 720 })).toEqual({ first: 94, end: 116 });
  });

  it('stays within the rows there are', () => {
    expect(visibleRows(3, 72, { scrollTop: 0, height: 720 })).toEqual({ first: 0, end: 3 });
    expect(visibleRows(3, 72, { scrollTop: 72_000, height: 720 })).toEqual({ first: 3, end: 3 });
    expect(visibleRows(0, 72, { scrollTop: 0, height: 0 })).toEqual({ first: 0, end: 0 });
  });
});

describe('scrollTopFor', () => {
  it('moves no further than needed', () => {
    const seen = { scrollTop: 100, height: 300 };
    expect(scrollTopFor(0, 50, seen)).toBe(0);
    expect(scrollTopFor(4, 50, seen)).toBe(100);
    expect(scrollTopFor(10, 50, seen)).toBe(250);
  });
});
