import { spawn } from 'node:child_process';

const MAX_OUTPUT_CHARACTERS = 64_000;

export type CommandOutcome =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly output: string }
  | { readonly kind: 'not-found' };

/**
 * Runs a program to its end without a terminal or standard input.
 *
 * `output` is the end of its standard output and error together, at most 64,000 characters. An abort kills it with all
 * that it started and throws the signal's reason.
 */
export function runCommand(
  file: string,
  args: readonly string[],
  {
    signal,
    env = process.env,
    cwd,
  }: { readonly signal: AbortSignal; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string | undefined },
): Promise<CommandOutcome> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // Its own process group: Ctrl-C in a terminal is the caller's to handle, and an abort reaches grandchildren too.
    const child = spawn(file, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: string): void => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARACTERS);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);

    const kill = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    };
    signal.addEventListener('abort', kill);
    child.once('error', (error: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', kill);
      if (error.code === 'ENOENT') resolve({ kind: 'not-found' });
      else reject(error);
    });
    child.once('close', (exitCode) => {
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ kind: 'exited', exitCode: exitCode ?? 1, output: output.trim() });
    });
  });
}
