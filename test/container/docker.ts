import { runCommand } from '@parley/provisioning';

const ANSWER_TIMEOUT_MS = 10_000;
const COMMAND_TIMEOUT_MS = 60_000;

export interface Finished {
  readonly exitCode: number;
  /** Standard output and error together. */
  readonly output: string;
}

/** Why there is no Docker engine to test with, or nothing when one answers the `docker` command. */
export async function whyNoDocker(): Promise<string | undefined> {
  try {
    const outcome = await runCommand('docker', ['info'], { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    if (outcome.kind === 'not-found') return 'no docker command';
    return outcome.exitCode === 0 ? undefined : 'no Docker engine answers';
  } catch {
    return `no Docker engine answers within ${ANSWER_TIMEOUT_MS / 1000} s`;
  }
}

/** Runs `docker` to its end, whatever its exit code. */
export async function docker(
  args: readonly string[],
  timeoutMs: number = COMMAND_TIMEOUT_MS,
): Promise<Finished> {
  const outcome = await runCommand('docker', args, { signal: AbortSignal.timeout(timeoutMs) });
  if (outcome.kind === 'not-found') throw new Error('no docker command');
  return outcome;
}

/** @returns what `docker` printed; throws it when it fails */
export async function dockerOutput(args: readonly string[], timeoutMs?: number): Promise<string> {
  const { exitCode, output } = await docker(args, timeoutMs);
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')} ended with ${exitCode}:\n${output}`);
  return output;
}

/** Where a published port of a container is reached, such as `http://127.0.0.1:49153`. */
export async function publishedUrl(container: string, port: number): Promise<string> {
  const [first = ''] = (await dockerOutput(['port', container, String(port)])).split('\n');
  const engine = /^tcp:\/\/([^:/]+)/.exec(process.env['DOCKER_HOST'] ?? '')?.[1];
  return `http://${engine ?? '127.0.0.1'}:${first.slice(first.lastIndexOf(':') + 1)}`;
}
