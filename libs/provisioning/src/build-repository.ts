import { join } from 'node:path';
import { runCommand } from './process/run-command.ts';

const TIMEOUT_MS = 300_000;

/**
 * Compiles what has changed since the last build, and the sandbox's page when it has changed.
 *
 * @param repository its folder
 * @throws Error with the compiler's output when it does not compile, or after five minutes
 */
export async function buildRepository(repository: string, signal: AbortSignal): Promise<void> {
  const shared = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  for (const [script, ...args] of [
    ['node_modules/typescript/bin/tsc', '--build', repository],
    ['apps/sandbox/web/build.ts'],
  ] as const) {
    const outcome = await runCommand(process.execPath, [join(repository, script), ...args], {
      signal: shared,
    });
    if (outcome.kind === 'not-found' || outcome.exitCode !== 0) {
      throw new Error(`the build failed:\n${outcome.kind === 'exited' ? outcome.output : 'no node'}`);
    }
  }
}
