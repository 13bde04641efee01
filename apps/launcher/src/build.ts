import { join } from 'node:path';
import { runCommand } from '@parley/provisioning';

const BUILD_TIMEOUT_MS = 180_000;

/** Compiles what has changed since the last build. */
export async function build(repository: string, signal: AbortSignal): Promise<void> {
  const compiler = join(repository, 'node_modules/typescript/bin/tsc');
  const outcome = await runCommand(process.execPath, [compiler, '--build', repository], {
    signal: AbortSignal.any([signal, AbortSignal.timeout(BUILD_TIMEOUT_MS)]),
  });
  if (outcome.kind === 'not-found' || outcome.exitCode !== 0) {
    throw new Error(`the build failed:\n${outcome.kind === 'exited' ? outcome.output : 'no node'}`);
  }
}
