import { describe, expect, it, jest } from '@jest/globals';
import type { Absent } from '../first-available.ts';
import type { InstalledChromium } from './on-path.ts';
import { provisionChromium } from './provision-chromium.ts';
import type { ChromiumSources } from './provision-chromium.ts';

const ABSENT: Absent = { kind: 'absent', reason: 'missing' };

const INSTALLED: InstalledChromium = {
  kind: 'path',
  describe: 'Chromium 1 from PATH',
  path: '/bin/chromium',
};

function sources(path: InstalledChromium | Absent, debian: InstalledChromium | Absent): ChromiumSources {
  return { path: jest.fn(() => Promise.resolve(path)), debian: jest.fn(() => Promise.resolve(debian)) };
}

function options(environment: NodeJS.ProcessEnv): Parameters<typeof provisionChromium>[0] {
  return { environment, report: () => undefined, signal: new AbortController().signal };
}

describe('provisionChromium', () => {
  it('uses what CHROME_PATH names and looks for no other', async () => {
    const available = sources(INSTALLED, ABSENT);
    const chromium = await provisionChromium(options({ CHROME_PATH: '/opt/chrome' }), available);
    expect(chromium).toMatchObject({ kind: 'environment', path: '/opt/chrome' });
    expect(available.path).not.toHaveBeenCalled();
  });

  it('installs nothing when one is on PATH', async () => {
    const available = sources(INSTALLED, ABSENT);
    expect(await provisionChromium(options({}), available)).toBe(INSTALLED);
    expect(available.debian).not.toHaveBeenCalled();
  });

  it('takes Debian’s when none is on PATH', async () => {
    expect(await provisionChromium(options({}), sources(ABSENT, INSTALLED))).toBe(INSTALLED);
  });

  it('names every choice it tried when there is none', async () => {
    expect(await provisionChromium(options({}), sources(ABSENT, ABSENT))).toEqual({
      kind: 'none',
      why: ['CHROME_PATH: not set', 'a browser on PATH: missing', 'Chromium from Debian: missing'],
    });
  });
});
