import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { REPOSITORY } from '../processes/service-process.ts';
import { docker, dockerOutput } from './docker.ts';
import { TEST_TIMEOUT_MS, stopContainer } from './image-under-test.ts';
import type { ImageUnderTest } from './image-under-test.ts';
import { workspacesOf } from './workspaces.ts';

const GRACE_S = 20;
const SIGTERM_EXIT_CODE = 143;

interface Packages {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/** What holds for every image of ours. @param foreign packages that only other parts need */
export function imageConformance(image: ImageUnderTest, foreign: readonly string[]): void {
  it(
    'gives nobody but root the right to change a file of it, whatever the container allows',
    async () => {
      expect(await image.output('find', '/app', '!', '-type', 'l', '-writable')).toBe('');
      expect(await image.output('find', '/app', '!', '-user', 'root')).toBe('');
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'holds what it runs on, and no sources, tools, development dependencies or other parts',
    async () => {
      const workspaces = workspacesOf(`apps/${image.target}`);
      const proto = workspaces.includes('libs/contracts') ? ['proto'] : [];
      const files = ['LICENSE', 'node_modules', 'package-lock.json', 'package.json', ...proto];
      expect(await list('/app')).toEqual(['apps', 'libs', ...files].sort());
      for (const folder of ['apps', 'libs']) {
        const parts = workspaces.filter((each) => each.startsWith(`${folder}/`));
        expect(await list(`/app/${folder}`)).toEqual(parts.map((each) => each.replace(`${folder}/`, '')));
        for (const part of parts) expect(await list(`/app/${part}`)).toEqual(['dist', 'package.json']);
      }
      expect(await image.output('find', '/app/apps', '/app/libs', '-name', '*.ts')).toBe('');

      // npm's own list of what it has installed.
      const there = "JSON.stringify(Object.keys(require('/app/node_modules/.package-lock.json').packages))";
      const installed = JSON.parse(await image.output('node', '--print', there)) as string[];
      const lock = await readFile(join(REPOSITORY, 'package-lock.json'), 'utf8');
      const { packages } = JSON.parse(lock) as Packages;
      expect(installed.length).toBeGreaterThan(0);
      expect(installed.filter((path) => packages[path]?.dev)).toEqual([]);
      for (const name of ['npm', 'testcontainers', ...foreign])
        expect(installed).not.toContain(`node_modules/${name}`);
    },
    TEST_TIMEOUT_MS,
  );

  async function list(folder: string): Promise<string[]> {
    return (await image.output('ls', '-A', folder)).split('\n').sort();
  }
}

/** What holds for every image that runs on. @param settings with which it starts */
export function serviceConformance(image: ImageUnderTest, settings: readonly string[]): void {
  it(
    'runs without root, capabilities or a folder to write to',
    async () => {
      const container = await image.run(...settings);
      const inside = (...command: readonly string[]): Promise<string> =>
        dockerOutput(['exec', container, ...command]);
      expect(await inside('id', '-u')).toBe('1000');
      expect(await inside('grep', 'CapEff', '/proc/1/status')).toMatch(/\s0+$/);
      const write = await docker(['exec', container, 'touch', `/app/apps/${image.target}/dist/main.js`]);
      expect(write.exitCode).not.toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'ends at once when it is told to before it has begun',
    async () => {
      const container = await image.run(...settings);
      const begin = performance.now();
      expect([0, SIGTERM_EXIT_CODE]).toContain(await stopContainer(container, GRACE_S));
      expect(performance.now() - begin).toBeLessThan((GRACE_S * 1000) / 2);
    },
    TEST_TIMEOUT_MS,
  );
}
