import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { LeashedProcess, waitUntil } from '@parley/provisioning';
import { notableLine } from './notable-line.ts';

const READY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2_000;
/** Longer than a gateway takes to stop, whatever hangs; a second Ctrl-C ends it at once. */
const GRACE_MS = 35_000;

export interface ServiceOptions {
  readonly name: string;
  readonly script: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Answers 200 and the status `ok` once it can work and reaches what it works with. */
  readonly readyUrl: string;
  /** Its whole output goes to `<name>.log` there. */
  readonly logFolder: string;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** Called before it is ready, so that it can be stopped whatever happens next. */
  readonly onStart: (service: Pick<Service, 'stop'>) => void;
}

export interface Service {
  /** Rejects, with the end of its output, when it ends without being asked to. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
}

/** Starts a program of this repository and waits until it is ready, at most 30 seconds. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, script, environment, readyUrl, logFolder, signal, print, onStart } = options;
  const log = createWriteStream(join(logFolder, `${name}.log`));
  // Services that start together miss each other at first. If one does not become ready, its output is shown.
  let isReady = false;
  const child = new LeashedProcess({
    file: process.execPath,
    args: [script],
    env: environment,
    graceMs: GRACE_MS,
    onLine: (line, stream) => {
      log.write(`${line}\n`);
      const notable = isReady ? notableLine(line, stream) : undefined;
      if (notable !== undefined) print(`${name}: ${notable}`);
    },
  });
  const stop = async (): Promise<void> => {
    await child.release();
    log.end();
  };
  onStart({ stop });
  await child.start();
  const withOutput = (what: string): Error =>
    new Error([`the ${name} ${what}. The end of its output:`, ...child.tail].join('\n  '));
  const ended = child.exited.then(({ exitCode, signal: by }) => {
    throw withOutput(`ended with ${by ?? `exit code ${exitCode}`}`);
  });
  ended.catch(() => undefined); // whoever waits for it sees it; a stop that was asked for is nobody's surprise

  const deadline = AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  const probing = new AbortController();
  try {
    const probe = AbortSignal.any([deadline, probing.signal]);
    await Promise.race([waitUntil(() => isOk(readyUrl), { signal: probe, everyMs: 100 }), ended]);
    isReady = true;
  } catch (error) {
    throw deadline.aborted && !signal.aborted
      ? withOutput(`was not ready within ${READY_TIMEOUT_MS / 1000} s (${readyUrl})`)
      : error;
  } finally {
    probing.abort();
  }
  return { ended, stop };
}

/** Ready, and connected to what it needs: a service that is up and degraded will say `ok` soon. */
async function isOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  const { status } = (await response.json()) as { status?: string };
  return response.ok && status === 'ok';
}
