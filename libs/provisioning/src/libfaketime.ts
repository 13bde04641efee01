import { existsSync, readdirSync } from 'node:fs';
import { canInstallDebianPackages, installDebianPackages } from './debian-packages.ts';
import type { StartContext } from './first-available.ts';

/** Path of the library that, preloaded, gives a process another wall clock; undefined when the machine has none. */
export function findLibfaketime(): string | undefined {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`) : [];
  return folders.map((folder) => `${folder}/faketime/libfaketime.so.1`).find((path) => existsSync(path));
}

/** On Debian, as root, installs it when it is missing. What cannot be had is reported in a line: throws only the signal's reason. */
export async function provideLibfaketime({ report, signal }: StartContext): Promise<void> {
  if (findLibfaketime() !== undefined || !canInstallDebianPackages()) return;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(INSTALL_TIMEOUT_MS)]);
  try {
    await installDebianPackages(['libfaketime'], { report, signal: deadline });
  } catch (error) {
    signal.throwIfAborted();
    report(`libfaketime is not to be had: ${error instanceof Error ? error.message : String(error)}`);
  }
}

// An installation over a slow line.
const INSTALL_TIMEOUT_MS = 180_000;
