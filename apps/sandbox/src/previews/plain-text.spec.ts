import { describe, expect, it } from '@jest/globals';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { plainText } from './plain-text.ts';

describe('plainText', () => {
  it('keeps markup as the text it is', () => {
    expect(plainText('<script>alert(1)</script> & "co"', 100)).toBe('<script>alert(1)</script> & "co"');
  });

  it('takes control and bidi control characters out, and makes white space single spaces', () => {
    expect(plainText('\u202Etxt.exe\u2066 \u0000a\r\n\t b\u2028c\u200F ', 100)).toBe('txt.exe a b c');
  });

  it('keeps an emoji of several code points together with its joiners', () => {
    expect(plainText('👨‍👩‍👧 family', 100)).toBe('👨‍👩‍👧 family');
  });

  it('never has more code points than asked for, none in halves, and nothing unwanted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, max) => {
        const plain = plainText(text, max);
        expect(Array.from(plain).length).toBeLessThanOrEqual(max);
        expect(plain.isWellFormed()).toBe(true);
        expect(plain).not.toMatch(/[\p{Cc}\p{Bidi_Control}]|^\s|\s$|\s\s/u);
      }),
      { numRuns: propertyRuns(1_000) },
    );
  });

  it('cuts no code point in two', () => expect(plainText('😀'.repeat(10), 3)).toBe('😀😀😀'));
});
