import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unpackDebianPackage } from '@parley/provisioning';
import { REPOSITORY } from '../processes/service-process.ts';

const CACHE_FOLDER = join(REPOSITORY, '.parley');
const PROVIDE_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = 60_000;

/** Programs of Prometheus, which Debian packages together. */
export interface Prometheus {
  /** Path of the server. */
  readonly server: string;
  /** Runs promtool. @returns its standard output; rejects, with everything it said, when it finds fault */
  promtool(args: readonly string[], input?: string): Promise<string>;
}

export type PreparedPrometheus =
  | { readonly kind: 'ready'; readonly prometheus: Prometheus }
  | { readonly kind: 'absent'; readonly why: string };

/** Debian's, unpacked once into `.parley/prometheus` and never installed: an installation would start the service. */
export async function preparePrometheus(): Promise<PreparedPrometheus> {
  const folder = join(CACHE_FOLDER, 'prometheus');
  if (!existsSync(folder)) {
    const why = await unpackInto(folder);
    if (why !== undefined) return { kind: 'absent', why };
  }
  const program = (name: string): string => join(folder, 'usr/bin', name);
  return {
    kind: 'ready',
    prometheus: {
      server: program('prometheus'),
      promtool: (args, input) => run(program('promtool'), args, input),
    },
  };
}

/** @returns why there is nothing in `folder`, or nothing when there is */
async function unpackInto(folder: string): Promise<string | undefined> {
  if (!existsSync('/etc/debian_version')) return 'not Debian';
  await mkdir(CACHE_FOLDER, { recursive: true });
  // Moved into place when it is complete: an interrupted download must not be taken for a finished one.
  const fresh = await mkdtemp(`${folder}-`);
  try {
    await unpackDebianPackage('prometheus', fresh, {
      signal: AbortSignal.timeout(PROVIDE_TIMEOUT_MS),
      report: () => undefined,
    });
    if (!existsSync(folder)) await rename(fresh, folder);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function run(file: string, args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)(file, args, { timeout: RUN_TIMEOUT_MS });
  running.child.stdin?.end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${stdout}${stderr}`, { cause: error });
  }
}
