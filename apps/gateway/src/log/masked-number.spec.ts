import { describe, expect, it } from '@jest/globals';
import { maskedNumber } from './masked-number.ts';

describe('maskedNumber', () => {
  it.each([
    ['+14155550100', '+1***00'],
    ['+79161234567', '+7***67'],
    ['+4915112349936', '+49***36'],
    ['+905321234567', '+90***67'],
    ['+2348012345678', '+234***78'],
    ['+35312345678', '+353***78'],
    ['+819012345678', '+81***78'],
  ])('shows country code and two digits of %s', (phoneNumber, masked) => {
    expect(maskedNumber(phoneNumber)).toBe(masked);
  });

  it('hides the end of a number so short that little else would be hidden', () => {
    expect(maskedNumber('+29012345')).toBe('+290***');
    expect(maskedNumber('+290123456')).toBe('+290***56');
  });

  it.each(['', '+', '15550001234', 'not a number'])(
    'shows no beginning of what has no country code: %j',
    (text) => {
      expect(maskedNumber(text)).toMatch(/^\*\*\*.{0,2}$/);
    },
  );
});
