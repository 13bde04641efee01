import { existsSync } from 'node:fs';
import type { StartContext } from './first-available.ts';
import { runCommand } from './process/run-command.ts';

/** Whether {@link installDebianPackage} may be tried: Debian or one of its kin, as root. */
export function canInstallDebianPackages(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

/**
 * Installs a package with apt-get, without what it only recommends. One call at a time: apt-get locks the machine.
 *
 * @throws Error with apt-get's last line when it fails; the signal's reason
 */
export async function installDebianPackage(name: string, { signal, report }: StartContext): Promise<void> {
  report(`installing ${name} with apt-get (first time only) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', name],
  ]) {
    const outcome = await runCommand('apt-get', args, { signal, env });
    if (outcome.kind === 'not-found') throw new Error('no apt-get');
    if (outcome.exitCode !== 0) throw new Error(`apt-get ${args[0]}: ${outcome.output.split('\n').at(-1)}`);
  }
}
