import { join } from 'node:path';
import { LeashedProcess, waitUntil } from '@parley/provisioning';
import type { Exit } from '@parley/provisioning';
import { baseEnvironment } from './base-environment.ts';

export const REPOSITORY = join(import.meta.dirname, '../..');

const READY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2_000;

export interface ServiceProcess {
  /**
   * SIGTERM, and SIGKILL when that does not end it within the grace period; a second call tells the same again.
   *
   * @returns how it ended: the signal is SIGKILL when it had to be forced
   */
  stop(): Promise<Exit>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface ServiceOptions {
  /** Path of a built program, relative to the repository. */
  readonly script: string;
  /** All that the process sees beside PATH: no setting of the test run leaks into it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Answers 200 once it can work. */
  readonly readyUrl: string;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
}

/** Starts a built program as a process of its own, which cannot outlive the test run. Resolves once it is ready. */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const { script, environment, readyUrl, graceMs } = options;
  const child = new LeashedProcess({
    file: process.execPath,
    args: [join(REPOSITORY, script)],
    env: { ...baseEnvironment(), ...environment },
    graceMs,
  });
  const stop = async (): Promise<Exit> => {
    await child.release();
    return child.exited;
  };
  const ready = new AbortController();
  const signal = AbortSignal.any([ready.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  try {
    await child.start();
    await Promise.race([
      waitUntil(() => answersOk(readyUrl), { signal, everyMs: 50 }),
      child.exited.then(({ exitCode }) => {
        throw new Error(`ended with exit code ${exitCode}`);
      }),
    ]);
  } catch (error) {
    await stop();
    throw new Error([`${script} did not become ready:`, ...child.tail].join('\n  '), { cause: error });
  } finally {
    ready.abort();
  }
  const kill = async (): Promise<void> => {
    await child.kill();
    await child.release();
  };
  return { stop, kill };
}

async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  await response.body?.cancel();
  return response.ok;
}
