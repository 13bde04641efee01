import { join } from 'node:path';
import { runCommand } from '@parley/provisioning';

const BUILD_TIMEOUT_MS = 180_000;

/** Compiles what has changed since the last build, and the sandbox's page when it has changed. */
export async function build(repository: string, signal: AbortSignal): Promise<void> {
  const shared = AbortSignal.any([signal, AbortSignal.timeout(BUILD_TIMEOUT_MS)]);
  for (const args of [
    ['node_modules/typescript/bin/tsc', '--build', repository],
    ['apps/sandbox/web/build.ts'],
  ]) {
    const [script = '', ...more] = args;
    const outcome = await runCommand(process.execPath, [join(repository, script), ...more], {
      signal: shared,
    });
    if (outcome.kind === 'not-found' || outcome.exitCode !== 0) {
      throw new Error(`the build failed:\n${outcome.kind === 'exited' ? outcome.output : 'no node'}`);
    }
  }
}
