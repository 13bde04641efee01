import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Full path of the first program with that name in a folder of `path`; undefined when there is none. Starts nothing. */
export function findOnPath(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}
