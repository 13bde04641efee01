import { describe, expect, it } from '@jest/globals';
import { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-after.ts';

const DATE = 'Sun, 22 Nov 2026 10:00:00 GMT';
const IN_A_MINUTE = 'Sun, 22 Nov 2026 10:01:00 GMT';
const NOW_MS = Date.parse(DATE);

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['1', 1000],
    ['1.5', 1500],
    [' 30 ', 30_000],
    ['999999', MAX_RETRY_AFTER_MS],
    ['9'.repeat(400), MAX_RETRY_AFTER_MS],
  ])('reads %p as seconds', (header, expected) => {
    expect(retryAfterMs(header, { date: DATE, nowMs: 0 })).toBe(expected);
  });

  it('measures a date from the answer’s own date, whatever this side’s clock says', () => {
    for (const skewMs of [-3_600_000, 0, 3_600_000])
      expect(retryAfterMs(IN_A_MINUTE, { date: DATE, nowMs: NOW_MS + skewMs })).toBe(60_000);
  });

  it('measures a date from this side’s clock when the answer has none', () => {
    expect(retryAfterMs(IN_A_MINUTE, { date: undefined, nowMs: NOW_MS + 20_000 })).toBe(40_000);
    expect(retryAfterMs(IN_A_MINUTE, { date: 'yesterday', nowMs: NOW_MS })).toBe(60_000);
  });

  it.each(['Sunday, 22-Nov-26 10:01:00 GMT', 'Sun Nov 22 10:01:00 2026'])(
    'reads the obsolete form %p as GMT, wherever this machine is',
    (header) => {
      expect(retryAfterMs(header, { date: DATE, nowMs: 0 })).toBe(60_000);
    },
  );

  it('keeps a date within its bounds', () => {
    expect(retryAfterMs(DATE, { date: IN_A_MINUTE, nowMs: 0 })).toBe(0);
    expect(retryAfterMs('Mon, 22 Nov 2027 10:00:00 GMT', { date: DATE, nowMs: 0 })).toBe(MAX_RETRY_AFTER_MS);
  });

  it.each([
    undefined,
    '',
    'soon',
    '-1',
    '1e3',
    'Sunday',
    'Mon 5',
    '5, 10',
    'Infinity',
    '0x10',
    'Sun, 99 Nov 2026 10:00:00 GMT',
    '2026-11-22T10:00:00Z',
  ])('ignores %p', (header) => {
    expect(retryAfterMs(header, { date: DATE, nowMs: 0 })).toBeUndefined();
  });
});
