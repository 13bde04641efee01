import { describe, expect, it } from '@jest/globals';
import { notableLine } from './notable-line.ts';

describe('notableLine', () => {
  it('leaves ordinary log lines to the log file', () => {
    expect(notableLine('{"level":30,"msg":"listening"}', 'stdout')).toBeUndefined();
  });

  it('makes one readable line of a warning or an error', () => {
    expect(notableLine('{"level":40,"msg":"slow"}', 'stdout')).toBe('warning: slow');
    expect(notableLine('{"level":50,"msg":"lost","err":{"message":"reset"}}', 'stdout')).toBe(
      'error: lost: reset',
    );
  });

  it('says of an event what it was and why', () => {
    const line = {
      level: 40,
      event: 'attempted',
      account: 'default',
      answer: 'unavailable',
      detail: 'refused',
    };
    expect(notableLine(JSON.stringify(line), 'stdout')).toBe('warning: attempted: unavailable: refused');
  });

  it('shows plain text on standard error only', () => {
    expect(notableLine('boom', 'stderr')).toBe('boom');
    expect(notableLine('{boom', 'stderr')).toBe('{boom');
    expect(notableLine('boom', 'stdout')).toBeUndefined();
    expect(notableLine('  ', 'stderr')).toBeUndefined();
  });
});
