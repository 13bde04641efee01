import { describe, expect, it } from '@jest/globals';
import { describeFailure } from './describe-failure.ts';

describe('describeFailure', () => {
  it('finds the place of an error and of its cause, and quotes neither', () => {
    const cause = Object.assign(new RangeError('the body'), { code: 'ERR_OUT_OF_RANGE' });
    const facts = describeFailure(new TypeError('+4915112345678', { cause }));
    expect(facts).toMatchObject({
      name: 'TypeError',
      cause: { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' },
    });
    expect(facts.frames[0]).toContain('describe-failure.spec.ts');
    expect(facts).not.toHaveProperty('message');
    expect(JSON.stringify(facts)).not.toMatch(/\+49|the body/);
  });

  it('takes no line of a message for a place', () => {
    const facts = describeFailure(new Error('first\n    at secret (secret.ts:1:1)'));
    expect(JSON.stringify(facts)).not.toContain('secret');
    const renamed = Object.assign(new Error('first\n    at secret (secret.ts:1:1)'), { name: 'Renamed' });
    expect(JSON.stringify(describeFailure(renamed))).not.toContain('secret');
  });

  it('tells what the operating system said', () => {
    const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen' });
    expect(describeFailure(error)).toMatchObject({ code: 'EACCES', message: 'listen EACCES' });
  });

  it('tells the kind alone of what is no error', () => {
    expect(describeFailure('a secret')).toEqual({ name: 'string', frames: [] });
  });

  it('ends with causes that go round in a circle', () => {
    const error = new Error('a');
    error.cause = error;
    expect(() => describeFailure(error)).not.toThrow();
  });
});
