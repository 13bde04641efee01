import { describe, expect, it } from '@jest/globals';
import { traceparentOf } from './traceparent.ts';

const GIVEN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const WELL_FORMED = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/;

describe('The trace of a message', () => {
  it('is the one that it came with', () => {
    expect(traceparentOf(GIVEN)).toBe(GIVEN);
  });

  it.each([
    ['nothing', undefined],
    ['null, as a loader fills in', null],
    ['an empty text', ''],
    ['what is no text', [GIVEN]],
    ['two of them, joined', `${GIVEN}, ${GIVEN}`],
    ['another version', GIVEN.replace('00-', '01-')],
    ['the version that is forbidden', GIVEN.replace('00-', 'ff-')],
    ['upper case', GIVEN.toUpperCase()],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a parent id of zeros', `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`],
    ['one that is cut off', GIVEN.slice(0, -1)],
    ['one with more behind it', `${GIVEN}-x`],
    ['one with a line break behind it', `${GIVEN}\n`],
  ])('is a new one when it came with %s', (_name, given) => {
    expect(traceparentOf(given)).toMatch(WELL_FORMED);
    expect(traceparentOf(given)).not.toContain('4bf92f3577b34da6');
  });

  it('is another one for each message that came without', () => {
    const made = Array.from({ length: 1000 }, () => traceparentOf(undefined));
    expect(made.filter((traceparent) => !WELL_FORMED.test(traceparent))).toEqual([]);
    expect(new Set(made.map((traceparent) => traceparent.split('-')[1])).size).toBe(1000);
    expect(new Set(made.map((traceparent) => traceparent.split('-')[2])).size).toBe(1000);
  });
});
