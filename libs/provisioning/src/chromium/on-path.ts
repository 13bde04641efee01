import { findOnPath } from '../find-on-path.ts';
import type { Absent, StartContext } from '../first-available.ts';
import { runCommand } from '../process/run-command.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'] as const;

/** A program of this machine that tells its version. */
export interface InstalledChromium {
  readonly kind: 'path';
  readonly describe: string;
  readonly path: string;
}

/**
 * The first of `chromium`, `chromium-browser` and `google-chrome` in `searchPath` that runs.
 *
 * @throws Error when there are some and none of them runs, as the stand-in of Ubuntu without its snap
 */
export async function chromiumOnPath(
  { signal }: Pick<StartContext, 'signal'>,
  searchPath?: string,
): Promise<InstalledChromium | Absent> {
  const found = NAMES.map((name) => findOnPath(name, searchPath)).filter((path) => path !== undefined);
  if (found.length === 0) return { kind: 'absent', reason: `none of ${NAMES.join(', ')}` };
  for (const path of found) {
    const version = await versionOf(path, signal);
    if (version !== undefined) return { kind: 'path', describe: `${version} from PATH`, path };
  }
  throw new Error(`${found.join(' and ')} cannot tell the version`);
}

async function versionOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  const outcome = await runCommand(path, ['--version'], { signal });
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) return undefined;
  // Beside warnings about the machine, such as a missing session bus.
  return /^(?:Chromium|Google Chrome) [\d.]+/m.exec(outcome.output)?.[0];
}
