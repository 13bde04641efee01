import { describe, expect, it } from '@jest/globals';
import { parseArguments } from './arguments.ts';

describe('parseArguments', () => {
  it('leaves the choice of the bus open by default', () => {
    expect(parseArguments([])).toEqual({ kind: 'launch', bus: undefined });
  });

  for (const bus of ['memory', 'kafka'] as const) {
    it(`takes --bus=${bus}, with an equals sign or a space`, () => {
      expect(parseArguments([`--bus=${bus}`])).toEqual({ kind: 'launch', bus });
      expect(parseArguments(['--bus', bus])).toEqual({ kind: 'launch', bus });
    });
  }

  it('names the choices when the bus is another', () => {
    expect(parseArguments(['--bus=rabbit'])).toEqual({
      kind: 'invalid',
      message: '--bus is "memory" or "kafka", not "rabbit"',
    });
  });

  it('refuses what it does not know', () => {
    expect(parseArguments(['--port=1'])).toMatchObject({ kind: 'invalid' });
    expect(parseArguments(['memory'])).toMatchObject({ kind: 'invalid' });
  });

  it('shows help', () => {
    expect(parseArguments(['--help'])).toEqual({ kind: 'help' });
  });
});
