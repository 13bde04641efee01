import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runCommand } from '@parley/provisioning';
import { REPOSITORY } from '../processes/service-process.ts';

const CACHE_FOLDER = join(REPOSITORY, '.parley', 'python');
const INSTALL_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = 40_000;

export type PreparedPython =
  { readonly kind: 'ready'; readonly python: Python } | { readonly kind: 'absent'; readonly why: string };

/** Python with the packages that were asked for and nothing else. */
export interface Python {
  /** @returns its standard output; rejects, with its standard error, when the program fails */
  run(args: readonly string[], input?: string): Promise<string>;
  /** The same of a binary that one of the packages brings; scripts would look for Python where it was before the move. */
  runProgram(name: string, args: readonly string[]): Promise<string>;
}

/**
 * Makes a virtual environment once for each content of a requirements.txt, which names what its packages depend on too, and
 * keeps it in `.parley/python`.
 */
export async function preparePython(
  requirements: string = join(import.meta.dirname, 'requirements.txt'),
): Promise<PreparedPython> {
  const content = await readFile(requirements);
  const folder = join(CACHE_FOLDER, createHash('sha256').update(content).digest('hex').slice(0, 12));
  if (!existsSync(folder)) {
    const why = await install(folder, requirements);
    if (why !== undefined) return { kind: 'absent', why };
  }
  const program = (name: string): string => join(folder, 'bin', name);
  return {
    kind: 'ready',
    python: {
      run: (args, input) => run(program('python'), args, input),
      runProgram: (name, args) => run(program(name), args),
    },
  };
}

/** @returns why there is no environment in `folder`, or nothing when there is one */
async function install(folder: string, requirements: string): Promise<string | undefined> {
  await mkdir(CACHE_FOLDER, { recursive: true });
  // Moved into place when it is complete: an interrupted install must not be taken for a finished one.
  const fresh = await mkdtemp(`${folder}-`);
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--disable-pip-version-check',
    '-r',
    requirements,
  ];
  try {
    const why =
      (await failureOf('python3', ['-m', 'venv', fresh])) ??
      (await failureOf(join(fresh, 'bin/python'), pip));
    if (why === undefined && !existsSync(folder)) await rename(fresh, folder);
    return why;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function failureOf(file: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const outcome = await runCommand(file, args, { signal: AbortSignal.timeout(INSTALL_TIMEOUT_MS) });
    if (outcome.kind === 'not-found') return `no ${file}`;
    if (outcome.exitCode === 0) return undefined;
    return `${args.slice(0, 2).join(' ')}: ${outcome.output.split('\n').at(-1) ?? ''}`;
  } catch {
    return `${args.slice(0, 2).join(' ')} took longer than ${INSTALL_TIMEOUT_MS / 1000} s`;
  }
}

async function run(file: string, args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)(file, args, { timeout: RUN_TIMEOUT_MS });
  running.child.stdin?.end(input);
  return (await running).stdout;
}
