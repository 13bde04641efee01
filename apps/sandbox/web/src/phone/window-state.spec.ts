import { describe, expect, it } from '@jest/globals';
import { windowState } from './window-state.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');

describe('windowState', () => {
  it('counts down while it is open', () => {
    const state = windowState('2026-11-29T11:59:12Z', NOW, true);
    expect(state).toEqual({
      kind: 'open',
      short: 'open 23:59',
      text: 'Window open, closes in 23:59:12',
    });
  });

  it('says what becomes of texts once it is closed, or was never open', () => {
    expect(windowState('2026-11-28T12:00:00Z', NOW, true).text).toContain('131047');
    expect(windowState(undefined, NOW, undefined).text).toContain('131047');
    expect(windowState(undefined, NOW, false).text).toContain('go through');
  });
});
