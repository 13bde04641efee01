import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LeashedProcess, waitUntil } from '@parley/provisioning';

export const REPOSITORY = join(import.meta.dirname, '..');

const READY_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 2_000;

export interface ProgramOptions {
  /** Path of the program, relative to the repository. */
  readonly script: string;
  /** Modules loaded before it: paths relative to the repository, with their query. */
  readonly preload?: readonly string[];
  readonly args?: readonly string[];
  /** All that the process sees beside PATH. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Runs on the first processor alone, where `taskset` can have that. */
  readonly onOneCore?: boolean;
  /** Answers 200 once it can work. */
  readonly readyUrl: string;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  readonly onLine?: (line: string) => void;
}

/** The processes of one measurement. None outlives the bench. */
export class Programs {
  readonly #signal: AbortSignal;
  readonly #started: LeashedProcess[] = [];

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Resolves once it is ready. @returns its process id */
  async start(options: ProgramOptions): Promise<number> {
    const { script, preload = [], args = [], environment, readyUrl, graceMs, onLine, onOneCore } = options;
    const imports = preload.map((module) => `--import=${new URL(module, `file://${REPOSITORY}/`).href}`);
    const pinning = onOneCore ? ON_FIRST_CORE : [];
    const [file, ...rest] = [...pinning, process.execPath, ...imports, join(REPOSITORY, script), ...args];
    const program = new LeashedProcess({
      file: file ?? process.execPath,
      args: rest,
      env: { PATH: process.env['PATH'], ...environment },
      graceMs,
      ...(onLine && { onLine }),
    });
    this.#started.push(program);
    await program.start();
    const ready = new AbortController();
    const signal = AbortSignal.any([this.#signal, ready.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
    try {
      await Promise.race([
        waitUntil(() => answersOk(readyUrl), { signal, everyMs: 100 }),
        program.exited.then(({ exitCode }) => {
          throw new Error(`ended with exit code ${exitCode}`);
        }),
      ]);
    } catch (error) {
      throw new Error([`${script} did not become ready:`, ...program.tail].join('\n  '), { cause: error });
    } finally {
      ready.abort();
    }
    return program.pid ?? NaN;
  }

  /** The newest first: whoever calls ends before what it calls. */
  async stop(): Promise<void> {
    for (const program of this.#started.splice(0).reverse()) await program.release();
  }
}

/** Whether a process can be kept on one core here. */
export const canPin = existsSync('/usr/bin/taskset');
const ON_FIRST_CORE: readonly string[] = canPin ? ['/usr/bin/taskset', '-c', '0'] : [];

async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  await response.body?.cancel();
  return response.ok;
}
