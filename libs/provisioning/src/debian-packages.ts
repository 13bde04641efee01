import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartContext } from './first-available.ts';
import { runCommand } from './process/run-command.ts';

const LOCK_POLL_MS = 1_000;

/** Whether {@link installDebianPackages} may be tried: Debian or one of its kin, as root. */
export function canInstallDebianPackages(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

/**
 * Installs with apt-get those of the packages that are missing, without what they only recommend. `context.signal` is the
 * deadline.
 *
 * apt-get locks the machine. Calls of this process take turns, so that what one has installed is not asked for again; the
 * apt-get of another process is waited for.
 *
 * @throws Error with apt-get's last line when it fails; the signal's reason
 */
export function installDebianPackages(names: readonly string[], context: StartContext): Promise<void> {
  const installed = turn.then(() => installMissing(names, context));
  turn = installed.catch(() => undefined); // its caller's to handle; the next in turn goes on
  return installed;
}

/**
 * Puts the files of a package under `folder` without installing it, which might start a service: for programs that need
 * nothing beside. Where the machine knows no packages yet, they are looked up first, as root.
 *
 * @param folder an empty one
 * @throws Error with the last line of what failed; the signal's reason
 */
export async function unpackDebianPackage(
  name: string,
  folder: string,
  { signal, report }: StartContext,
): Promise<void> {
  report(`downloading ${name} with apt-get (first time only) …`);
  // Who may read the folder is the caller's to say: apt would want it readable for a user of its own.
  const download = ['-qq', '-o', 'APT::Sandbox::User=root', 'download', name];
  try {
    await aptGet(download, signal, folder);
  } catch (error) {
    signal.throwIfAborted();
    if (!canInstallDebianPackages()) throw error;
    await aptGet(['update', '-qq'], signal);
    await aptGet(download, signal, folder);
  }
  const [archive] = (await readdir(folder)).filter((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get brought no ${name}`);
  const outcome = await runCommand('dpkg-deb', ['--extract', join(folder, archive), folder], { signal });
  if (outcome.kind === 'not-found') throw new Error('no dpkg-deb');
  if (outcome.exitCode !== 0) throw new Error(`dpkg-deb: ${outcome.output.split('\n').at(-1)}`);
  await rm(join(folder, archive));
}

let turn: Promise<void> = Promise.resolve();
let areListsFresh = false;

async function installMissing(names: readonly string[], { signal, report }: StartContext): Promise<void> {
  const present = await installedOf(names, signal);
  const missing = names.filter((name) => !present.has(name));
  if (missing.length === 0) return;
  report(`installing ${missing.join(', ')} with apt-get (first time only) …`);
  if (!areListsFresh) await aptGet(['update', '-qq'], signal);
  areListsFresh = true;
  await aptGet(['install', '-y', '-qq', '--no-install-recommends', ...missing], signal);
}

async function installedOf(names: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
  const format = '${db:Status-Status} ${Package}\n';
  const outcome = await runCommand('dpkg-query', ['--show', `--showformat=${format}`, ...names], { signal });
  const lines = outcome.kind === 'exited' ? outcome.output.split('\n') : [];
  return new Set(names.filter((name) => lines.includes(`installed ${name}`)));
}

async function aptGet(args: readonly string[], signal: AbortSignal, cwd?: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  for (;;) {
    const outcome = await runCommand('apt-get', args, { signal, env, cwd });
    if (outcome.kind === 'not-found') throw new Error('no apt-get');
    if (outcome.exitCode === 0) return;
    if (!outcome.output.includes('Could not get lock')) {
      throw new Error(`apt-get ${args[0]}: ${outcome.output.split('\n').at(-1)}`);
    }
    await sleep(LOCK_POLL_MS, undefined, { signal });
  }
}
