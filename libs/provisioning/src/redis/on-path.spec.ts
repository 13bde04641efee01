import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isRedisServerOnPath } from './on-path.ts';

describe('isRedisServerOnPath', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('finds it in any folder of the path, and nowhere else', async () => {
    const path = ['', '/no-such-folder', folder].join(delimiter);
    expect(isRedisServerOnPath(path)).toBe(false);
    await writeFile(join(folder, 'redis-server'), '');
    expect(isRedisServerOnPath(path)).toBe(true);
    expect(isRedisServerOnPath('')).toBe(false);
  });
});
