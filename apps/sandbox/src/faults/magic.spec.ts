import { describe, expect, it } from '@jest/globals';
import { E164 } from '@parley/insider';
import { propertyRuns } from '@parley/testing';
import fc from 'fast-check';
import { FAULT_CATALOGUE } from './fault-catalogue.ts';
import { magicOf } from './magic.ts';

const ORDINARY = '+15550001234';

describe('the catalogue of faults', () => {
  it('has a number of its own for every fault, which is E.164', () => {
    const numbers = FAULT_CATALOGUE.map(({ magicRecipient }) => magicRecipient);
    for (const number of numbers) expect(number).toMatch(E164);
    expect(new Set(numbers).size).toBe(FAULT_CATALOGUE.length);
  });

  it('says in whole sentences what each does', () => {
    for (const { title, description } of FAULT_CATALOGUE) {
      expect(title).toMatch(/^[A-Z]/);
      expect(description).toMatch(/^[A-Z0-9].*\.$/);
    }
  });
});

describe('magicOf', () => {
  it.each(FAULT_CATALOGUE)('plays $fault for its number and for its word', ({ fault, ...entry }) => {
    expect(magicOf(entry.magicRecipient, 'hello')).toEqual([{ fault }]);
    expect(magicOf(ORDINARY, entry.magicText)).toEqual([{ fault }]);
    expect(magicOf(ORDINARY, `Please, ${entry.magicText}.\nThanks`)).toEqual([{ fault }]);
  });

  it('puts the number first, then the words as they come', () => {
    expect(magicOf('+15005550600', '#sandbox:callbacks-late #sandbox:fails=131047')).toEqual([
      { fault: 'fails' },
      { fault: 'callbacks-late' },
      { fault: 'fails', code: 131047 },
    ]);
  });

  it.each([
    'sandbox:hang',
    '#sandbox:hanging',
    '#sandbox:hang-up',
    '#sandbox: hang',
    '#sandbox:hang=1',
    '#sandbox:fails=',
    '#sandbox:fails=1310470',
    '#sandbox:toString',
    '#sandbox:constructor',
  ])('takes %p for a word like any other', (body) => {
    expect(magicOf(ORDINARY, body)).toEqual([]);
  });

  it('knows no faults but those of the catalogue, whatever the text', () => {
    const known = FAULT_CATALOGUE.map(({ fault }) => fault);
    const piece = fc.oneof(fc.string(), fc.constantFrom('#sandbox:', '=', '-', ' ', ...known));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        for (const { fault, code } of magicOf(ORDINARY, pieces.join(''))) {
          expect(known).toContain(fault);
          expect(code === undefined || fault === 'fails').toBe(true);
        }
      }),
      { numRuns: propertyRuns() },
    );
  });
});
