import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chromiumOnPath } from './on-path.ts';

const context = { signal: new AbortController().signal };

describe('chromiumOnPath', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function program(name: string, script: string): Promise<void> {
    return writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  it('is absent where no browser has one of its names', async () => {
    await program('firefox', 'echo Mozilla Firefox 1');
    expect(await chromiumOnPath(context, folder)).toMatchObject({ kind: 'absent' });
  });

  it('tells the version, whatever else the program says', async () => {
    await program('google-chrome', 'echo no session bus >&2\necho "Google Chrome 150.0.1 unknown"');
    expect(await chromiumOnPath(context, folder)).toEqual({
      kind: 'path',
      describe: 'Google Chrome 150.0.1 from PATH',
      path: join(folder, 'google-chrome'),
    });
  });

  it('passes over one that does not run', async () => {
    await program('chromium-browser', 'echo "needs its snap" >&2\nexit 1');
    await expect(chromiumOnPath(context, folder)).rejects.toThrow('chromium-browser');
    await program('google-chrome', 'echo Google Chrome 150.0.1');
    expect(await chromiumOnPath(context, folder)).toMatchObject({ path: join(folder, 'google-chrome') });
  });
});
