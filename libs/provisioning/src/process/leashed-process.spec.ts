import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../wait-until.ts';
import { LeashedProcess } from './leashed-process.ts';
import type { LeashedOptions } from './leashed-process.ts';

const BOUND_MS = 10_000;
const IDLE = 'setInterval(() => undefined, 1_000); console.log("up")';
const DEAF = `process.on("SIGTERM", () => undefined); ${IDLE}`;

let folder: string;
let leashed: LeashedProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-leash-'));
});

afterEach(async () => {
  await leashed?.release();
  leashed = undefined;
  await rm(folder, { recursive: true, force: true });
});

describe('LeashedProcess', () => {
  it('ends with its parent, even when that is killed with SIGKILL and the process ignores SIGTERM', async () => {
    const options: LeashedOptions = { file: process.execPath, args: ['-e', DEAF], graceMs: 200, folder };
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { LeashedProcess } = await import(${JSON.stringify(import.meta.resolve('./leashed-process.ts'))});
         const leashed = new LeashedProcess(${JSON.stringify(options)});
         await leashed.start();
         process.send(leashed.pid);`,
      ],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    const [pid] = (await once(parent, 'message')) as [number];
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await bounded(() => !isAlive(pid));
    await bounded(() => isGone(folder));
  });

  it('stops in order, and removes its folder when it is released', async () => {
    leashed = new LeashedProcess({ file: process.execPath, args: ['-e', IDLE], graceMs: BOUND_MS, folder });
    await leashed.start();
    const { pid, exited } = leashed;
    await leashed.release();
    expect((await exited).signal).toBe('SIGTERM');
    expect(pid !== undefined && isAlive(pid)).toBe(false);
    expect(await isGone(folder)).toBe(true);
  });

  it('comes back after a stop and after a kill, with its folder kept', async () => {
    leashed = new LeashedProcess({ file: process.execPath, args: ['-e', IDLE], graceMs: BOUND_MS, folder });
    await leashed.start();
    const pids = new Set([leashed.pid]);
    await leashed.stop();
    expect(leashed.pid).toBeUndefined();
    await leashed.start();
    pids.add(leashed.pid);
    await leashed.kill();
    await leashed.start();
    pids.add(leashed.pid);
    expect(pids.size).toBe(3);
    expect(await isGone(folder)).toBe(false);
  });

  it('stops a process that is paused', async () => {
    leashed = new LeashedProcess({ file: process.execPath, args: ['-e', IDLE], graceMs: BOUND_MS });
    await leashed.start();
    const { exited } = leashed;
    leashed.pause();
    await leashed.stop();
    expect((await exited).signal).toBe('SIGTERM');
  });

  it('keeps the end of the output and tells how the process ended', async () => {
    const args = ['-e', 'for (let i = 1; i <= 40; i++) console.log(i); process.exitCode = 3'];
    const lines: string[] = [];
    leashed = new LeashedProcess({
      file: process.execPath,
      args,
      graceMs: BOUND_MS,
      onLine: (line) => lines.push(line),
    });
    await leashed.start();
    expect(await leashed.exited).toEqual({ exitCode: 3, signal: null });
    await bounded(() => lines.length === 40);
    expect(leashed.tail).toHaveLength(30);
    expect(leashed.tail.at(-1)).toBe('40');
  });

  it('says that a program does not exist', async () => {
    leashed = new LeashedProcess({ file: join(folder, 'missing'), args: [], graceMs: BOUND_MS });
    await expect(leashed.start()).rejects.toThrow('ENOENT');
  });
});

async function bounded(condition: () => boolean | Promise<boolean>): Promise<void> {
  const signal = AbortSignal.timeout(BOUND_MS);
  await waitUntil(async () => condition(), { signal, everyMs: 20 });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function isGone(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    () => true,
  );
}
