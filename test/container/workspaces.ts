import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../processes/service-process.ts';

export interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A workspace’s folder, such as `apps/cli`, with those of all that it depends on. */
export function workspacesOf(folder: string): string[] {
  const names = Object.keys(manifestOf(folder).dependencies ?? {});
  const libs = names.map((name) => name.replace('@parley/', 'libs/'));
  const beneath = libs.filter((lib) => lib.startsWith('libs/') && existsSync(join(REPOSITORY, lib)));
  return [...new Set([folder, ...beneath.flatMap(workspacesOf)])].sort();
}

/** @param folder of a workspace, or `.` */
export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(REPOSITORY, folder, 'package.json'), 'utf8')) as Manifest;
}
