import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resolveClassPath } from './class-path.ts';
import type { CommandOutcome } from '../process/run-command.ts';

let folder: string;
let pom: string;
let jars: string[];
let runs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-class-path-'));
  pom = join(folder, 'pom.xml');
  jars = ['a.jar', 'b.jar'].map((name) => join(folder, name));
  runs = 0;
  await writeFile(pom, '<project/>');
  await Promise.all(jars.map((jar) => writeFile(jar, '')));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('resolveClassPath', () => {
  it('runs Maven once for one pom', async () => {
    expect(await resolve()).toBe(jars.join(delimiter));
    expect(await resolve()).toBe(jars.join(delimiter));
    expect(runs).toBe(1);
  });

  it('runs Maven again when the pom has changed', async () => {
    await resolve();
    await writeFile(pom, '<project></project>');
    await resolve();
    expect(runs).toBe(2);
  });

  it('runs Maven again when a jar is gone', async () => {
    await resolve();
    await rm(jars[0] ?? '');
    await resolve(async () => writeFile(jars[0] ?? '', ''));
    expect(runs).toBe(2);
  });

  it('gives Maven’s first complaint as the reason, without its colours', async () => {
    const output = '\u001b[31m[ERROR] Could not resolve\u001b[0m\n[ERROR] Help';
    const failing = resolveWith(() => Promise.resolve({ kind: 'exited', exitCode: 1, output }));
    await expect(failing).rejects.toThrow(/^Maven: Could not resolve$/);
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  it('has nothing to give without Maven', async () => {
    expect(await resolveWith(() => Promise.resolve({ kind: 'not-found' }))).toBeUndefined();
  });
});

function resolve(before: () => Promise<void> = () => Promise.resolve()): Promise<string | undefined> {
  return resolveWith(async (_file, args) => {
    runs++;
    await before();
    const outputFile = args.find((arg) => arg.startsWith('-Dmdep.outputFile='))?.split('=')[1] ?? '';
    await writeFile(outputFile, jars.join(delimiter));
    return { kind: 'exited', exitCode: 0, output: '' };
  });
}

function resolveWith(
  run: (file: string, args: readonly string[]) => Promise<CommandOutcome>,
): Promise<string | undefined> {
  const context = { report: () => undefined, signal: new AbortController().signal };
  return resolveClassPath({ pom, cacheFolder: join(folder, 'cache'), what: 'Kafka', context, run });
}
