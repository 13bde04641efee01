import { describe, expect, it } from '@jest/globals';
import { adviceFor } from './meta-errors.ts';

/** Same message again, within minutes: may succeed. */
const RETRYABLE = [
  ...[1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 132069, 133004, 134101],
  // The provider's own.
  ...[2003, 2012, 2020],
];

const FINAL = [
  ...[0, 3, 10, 33, 100, 190, 200, 250, 299, 368, 130403, 130472, 130497, 135000],
  ...[131005, 131008, 131009, 131021, 131026, 131031, 131037, 131042, 131045, 131047, 131048, 131049, 131050],
  ...[131051, 131052, 131053, 131055, 131063, 131064, 134011, 134100, 134102],
  ...[132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068],
  ...[133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016],
  ...[1088, 2001, 2002, 2010, 2011, 2017, 2018, 2019, 20030, 20031],
];

const UNKNOWN = adviceFor('unknown');

describe('adviceFor', () => {
  it.each([
    ...RETRYABLE.map((code) => [code, true] as const),
    ...FINAL.map((code) => [code, false] as const),
  ])('knows %d, as a number and as text', (code, retryable) => {
    const advice = adviceFor(code);
    expect(advice).toMatchObject({ retryable });
    expect(adviceFor(String(code))).toEqual(advice);
    expect(advice.title).not.toBe(UNKNOWN.title);
    expect(advice.title).toMatch(/^[A-Z].*[^.]$/);
    expect(advice.advice).toMatch(/^[A-Z].*\.$/);
  });

  it.each([
    [131047, /template/],
    [131026, /another way/],
    [131056, /recipient/],
    [131048, /quality/],
    [190, /Insider/],
    [131042, /billing/],
    [2020, /maintenance/],
    [20031, /quota/],
  ])('says of %d what to do', (code, words) => {
    expect(adviceFor(code).advice).toMatch(words);
  });

  it.each(['', 'unknown', '__proto__', 'constructor', 'NaN', ' 131000', 199, 300, 999_999, -1, 200.5, '1e2'])(
    'does not retry what it does not know: %p',
    (code) => {
      expect(adviceFor(code)).toBe(UNKNOWN);
      expect(UNKNOWN).toMatchObject({ retryable: false });
    },
  );
});
