import { glob, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Builds the page when it is not built, or older than what it is made of. */
const FOLDER = import.meta.dirname;
const BUILT = join(FOLDER, '../dist/web');
/** Written last, so that a build that was interrupted does not count. */
const STAMP = join(BUILT, '.built');
const REPOSITORY = join(FOLDER, '../../..');

if ((await newestSourceTime()) >= (await timeOf(STAMP))) {
  // Only now: to load it takes longer than to find that there is nothing to do.
  const { build } = await import('vite');
  await build({ configFile: join(FOLDER, 'vite.config.ts'), logLevel: 'warn' });
  await mkdir(BUILT, { recursive: true });
  await writeFile(STAMP, '');
}

/** Of folders too: theirs changes when a file is removed. */
async function newestSourceTime(): Promise<number> {
  const sources = [FOLDER, join(REPOSITORY, 'package-lock.json')];
  for await (const name of glob('**', { cwd: FOLDER })) sources.push(join(FOLDER, name));
  return Math.max(...(await Promise.all(sources.map(timeOf))));
}

/** In milliseconds; 0 when there is no such file. */
async function timeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return 0;
  }
}
