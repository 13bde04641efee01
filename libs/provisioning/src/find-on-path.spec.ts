import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findOnPath } from './find-on-path.ts';

describe('findOnPath', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('finds it in any folder of the path, and nowhere else', async () => {
    const path = ['', '/no-such-folder', folder].join(delimiter);
    expect(findOnPath('program', path)).toBeUndefined();
    await writeFile(join(folder, 'program'), '');
    expect(findOnPath('program', path)).toBe(join(folder, 'program'));
    expect(findOnPath('program', '')).toBeUndefined();
  });
});
