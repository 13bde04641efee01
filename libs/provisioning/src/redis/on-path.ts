import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canInstallDebianPackages, installDebianPackages } from '../debian-packages.ts';
import { findOnPath } from '../find-on-path.ts';
import type { Absent, StartContext } from '../first-available.ts';
import { freePort } from '../free-port.ts';
import { LeashedProcess } from '../process/leashed-process.ts';
import type { Restartable } from '../process/leashed-process.ts';
import { runCommand } from '../process/run-command.ts';
import { untilRedisAnswers } from './answers.ts';

const GRACE_MS = 3_000;

/** A process of this machine, which can be taken down and brought back with its data. */
export interface LocalRedis {
  readonly kind: 'path';
  readonly describe: string;
  readonly url: string;
  readonly server: Restartable;
  /** Also removes its data. */
  stop(): Promise<void>;
}

/** Starts `redis-server` as a process of this machine. On Debian, as root, installs it when it is missing. */
export async function redisOnPath(context: StartContext): Promise<LocalRedis | Absent> {
  let version = await installedRedis(context.signal);
  if (version === undefined) {
    if (!canInstallDebianPackages()) return { kind: 'absent', reason: 'no redis-server on PATH' };
    await installDebianPackages(['redis-server'], context);
    version = await installedRedis(context.signal);
    if (version === undefined) throw new Error('redis-server is not on PATH after its installation');
  }
  return start(version, context.signal);
}

/**
 * Starts the `redis-server` that is on PATH, and installs nothing. `signal` is the deadline.
 *
 * @param options.folder for its data, and removed with them; a temporary one when left out
 * @throws Error when there is none, see {@link isRedisServerOnPath}
 */
export async function startRedisServer(
  signal: AbortSignal,
  { folder }: { readonly folder?: string } = {},
): Promise<LocalRedis> {
  const version = await installedRedis(signal);
  if (version === undefined) throw new Error('no redis-server on PATH');
  return start(version, signal, folder);
}

/** Looks without starting anything: for who must know before anything runs. */
export function isRedisServerOnPath(): boolean {
  return findOnPath('redis-server') !== undefined;
}

async function start(version: string, signal: AbortSignal, folder?: string): Promise<LocalRedis> {
  const port = await freePort();
  const server = await startServer({ port, folder: folder ?? (await temporaryFolder()) }, signal);
  return {
    kind: 'path',
    describe: `Redis ${version} from PATH`,
    url: `redis://127.0.0.1:${port}`,
    server,
    stop: () => server.release(),
  };
}

function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'parley-redis-'));
}

async function startServer(
  { port, folder }: { readonly port: number; readonly folder: string },
  signal: AbortSignal,
): Promise<LeashedProcess> {
  await mkdir(folder, { recursive: true });
  const server = new LeashedProcess({
    file: 'redis-server',
    // The append-only file makes a restart keep what was acknowledged, as the gateway asks of its Redis.
    args: [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'yes',
    ],
    graceMs: GRACE_MS,
    folder,
  });
  try {
    await server.start();
    await untilRedisAnswers('127.0.0.1', port, signal);
    return server;
  } catch (error) {
    await server.release();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function installedRedis(signal: AbortSignal): Promise<string | undefined> {
  const outcome = await runCommand('redis-server', ['--version'], { signal });
  return outcome.kind === 'exited'
    ? (/v=(\S+)/.exec(outcome.output)?.[1] ?? 'of unknown version')
    : undefined;
}
