import { describe, expect, it } from '@jest/globals';
import { StopSteps } from './stop-steps.ts';

describe('StopSteps', () => {
  it('names the steps that have begun and not ended', async () => {
    const steps = new StopSteps();
    const bus = Promise.withResolvers<void>();
    const state = Promise.withResolvers<void>();
    const closings = [steps.run('bus', bus.promise), steps.run('state', state.promise)];
    expect(steps.unfinished).toEqual(['bus', 'state']);
    bus.resolve();
    await closings[0];
    expect(steps.unfinished).toEqual(['state']);
    state.reject(new Error('refused'));
    await expect(closings[1]).rejects.toThrow('refused');
    expect(steps.unfinished).toEqual([]);
  });
});
