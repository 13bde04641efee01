import { describe, expect, it } from '@jest/globals';
import { describeRule, isForAll } from './rules.ts';

describe('isForAll', () => {
  it('is true of a rule without any limit alone', () => {
    expect(isForAll({ id: '1', fault: 'hang' })).toBe(true);
    expect(isForAll({ id: '1', fault: 'hang', probability: 1 })).toBe(true);
    for (const limit of [
      { recipient: '+1' },
      { text: 'a' },
      { probability: 0.5 },
      { timesLeft: 1 },
      { code: 1 },
    ]) {
      expect(isForAll({ id: '1', fault: 'hang', ...limit })).toBe(false);
    }
  });
});

describe('describeRule', () => {
  it('says whom it meets and how often', () => {
    expect(describeRule({ id: '1', fault: 'hang' })).toBe('hang for all');
    expect(
      describeRule({
        id: '1',
        fault: 'fails',
        code: 131026,
        recipient: '+1',
        probability: 0.255,
        timesLeft: 1,
      }),
    ).toBe('fails with code 131026, for +1, 25.5 % of the time, once more');
  });
});
