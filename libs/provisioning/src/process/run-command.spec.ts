import { describe, expect, it } from '@jest/globals';
import { runCommand } from './run-command.ts';

const NEVER = new AbortController().signal;

describe('runCommand', () => {
  it('gives the exit code and both streams', async () => {
    const script = 'console.log("out"); console.error("err"); process.exitCode = 4';
    const outcome = await runCommand(process.execPath, ['-e', script], { signal: NEVER });
    expect(outcome).toMatchObject({ kind: 'exited', exitCode: 4 });
    expect(outcome.kind === 'exited' && outcome.output.split('\n').sort()).toEqual(['err', 'out']);
  });

  it('tells a program that does not exist from one that fails', async () => {
    expect(await runCommand('/nowhere/at-all', [], { signal: NEVER })).toEqual({ kind: 'not-found' });
  });

  it('kills the program at the abort and throws its reason', async () => {
    const stopping = new AbortController();
    const running = runCommand(process.execPath, ['-e', 'setInterval(() => undefined, 1_000)'], {
      signal: stopping.signal,
    });
    stopping.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });
});
