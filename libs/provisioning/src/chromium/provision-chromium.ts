import { firstAvailable } from '../first-available.ts';
import type { Absent, Candidate, StartContext, Unavailable } from '../first-available.ts';
import type { ProvisionOptions } from '../provision-options.ts';
import { chromiumFromDebian } from './from-debian.ts';
import { chromiumOnPath } from './on-path.ts';
import type { InstalledChromium } from './on-path.ts';

/** The environment names it: used as it is, never checked. */
interface NamedChromium {
  readonly kind: 'environment';
  readonly describe: string;
  /** Of the program. */
  readonly path: string;
}

/** A program; who wants a browser starts one. */
export type ProvisionedChromium = NamedChromium | InstalledChromium | Unavailable;

export interface ChromiumSources {
  readonly path: (context: StartContext) => Promise<InstalledChromium | Absent>;
  readonly debian: (context: StartContext) => Promise<InstalledChromium | Absent>;
}

const PATH_TIMEOUT_MS = 20_000;
// About 140 MB over a slow line.
const DEBIAN_TIMEOUT_MS = 300_000;

/**
 * Chromium from `CHROME_PATH`, else the PATH, else, on Debian as root, installed by apt with fonts, else none.
 *
 * @throws only the signal's reason
 */
export function provisionChromium(
  { environment, report, signal }: ProvisionOptions,
  sources: ChromiumSources = { path: chromiumOnPath, debian: chromiumFromDebian },
): Promise<ProvisionedChromium> {
  const candidates: readonly Candidate<NamedChromium | InstalledChromium>[] = [
    { name: 'CHROME_PATH', timeoutMs: 1_000, start: () => Promise.resolve(namedChromium(environment)) },
    { name: 'a browser on PATH', timeoutMs: PATH_TIMEOUT_MS, start: sources.path },
    { name: 'Chromium from Debian', timeoutMs: DEBIAN_TIMEOUT_MS, start: sources.debian },
  ];
  return firstAvailable(candidates, { report, signal });
}

function namedChromium({ CHROME_PATH: path }: NodeJS.ProcessEnv): NamedChromium | Absent {
  if (!path) return { kind: 'absent', reason: 'not set' };
  return { kind: 'environment', describe: `${path} (CHROME_PATH)`, path };
}
