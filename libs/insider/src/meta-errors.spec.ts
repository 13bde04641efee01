import { describe, expect, it } from '@jest/globals';
import { adviceFor } from './meta-errors.ts';

describe('adviceFor', () => {
  it.each([
    [131047, false],
    [131026, false],
    [130429, true],
    [131056, true],
    [131000, true],
    [190, false],
    [250, false],
    [2020, true],
    [20031, false],
  ])('knows %d, as a number and as text', (code, retryable) => {
    expect(adviceFor(code)).toMatchObject({ retryable });
    expect(adviceFor(String(code))).toEqual(adviceFor(code));
  });

  it.each(['', 'unknown', '__proto__', 'NaN', 999_999, -1, 200.5, '1e2'])(
    'does not retry what it does not know: %p',
    (code) => {
      expect(adviceFor(code)).toMatchObject({
        title: expect.any(String),
        retryable: false,
        advice: expect.any(String),
      });
    },
  );
});
