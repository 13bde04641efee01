import { canInstallDebianPackages, installDebianPackages } from '../debian-packages.ts';
import type { Absent, StartContext } from '../first-available.ts';
import { chromiumOnPath } from './on-path.ts';
import type { InstalledChromium } from './on-path.ts';

// Fonts, so that pictures of pages show letters and emoji instead of boxes.
const PACKAGES = ['chromium', 'fonts-liberation', 'fonts-dejavu-core', 'fonts-noto-color-emoji'];

/** Installs Chromium on Debian, as root. */
export async function chromiumFromDebian(context: StartContext): Promise<InstalledChromium | Absent> {
  if (!canInstallDebianPackages()) return { kind: 'absent', reason: 'not Debian, or not root' };
  await installDebianPackages(PACKAGES, context);
  const installed = await chromiumOnPath(context);
  if (installed.kind === 'absent') throw new Error('it is not on PATH after its installation');
  return installed;
}
