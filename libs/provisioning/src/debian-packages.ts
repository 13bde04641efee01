import { existsSync } from 'node:fs';
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

async function aptGet(args: readonly string[], signal: AbortSignal): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  for (;;) {
    const outcome = await runCommand('apt-get', args, { signal, env });
    if (outcome.kind === 'not-found') throw new Error('no apt-get');
    if (outcome.exitCode === 0) return;
    if (!outcome.output.includes('Could not get lock')) {
      throw new Error(`apt-get ${args[0]}: ${outcome.output.split('\n').at(-1)}`);
    }
    await sleep(LOCK_POLL_MS, undefined, { signal });
  }
}
