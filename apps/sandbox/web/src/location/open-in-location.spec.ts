import { describe, expect, it } from '@jest/globals';
import { hashOf, phoneNumberIn } from './open-in-location.ts';

describe('phoneNumberIn', () => {
  for (const phoneNumber of ['+14155550100', 'a b/%c', '+']) {
    it(`finds ${phoneNumber} where hashOf has put it`, () => {
      expect(phoneNumberIn(hashOf(phoneNumber))).toBe(phoneNumber);
    });
  }
  for (const hash of ['', '#', '#/', '#/%', '#/a/b', `#/${'1'.repeat(65)}`]) {
    it(`finds none in ${hash}`, () => expect(phoneNumberIn(hash)).toBeUndefined());
  }
});
