import { randomUUID } from 'node:crypto';
import { waitUntil } from '@parley/provisioning';
import { REPOSITORY } from '../processes/service-process.ts';
import { docker, dockerOutput } from './docker.ts';

export const BUILD_TIMEOUT_MS = 900_000;
export const TEST_TIMEOUT_MS = 90_000;

const READY_TIMEOUT_MS = 60_000;

/** What a container of ours needs to be allowed to do: nothing. */
export const HARDENED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--tmpfs=/tmp'];

/** An image built for one suite from a target of the Dockerfile, and the containers that the suite starts from it. */
export class ImageUnderTest {
  readonly target: string;
  readonly tag: string;
  readonly #containers: string[] = [];

  constructor(target: string) {
    this.target = target;
    this.tag = `parley-${target}-test:${randomUUID()}`;
  }

  async build(): Promise<void> {
    await dockerOutput(
      ['build', `--target=${this.target}`, `--tag=${this.tag}`, REPOSITORY],
      BUILD_TIMEOUT_MS,
    );
  }

  /** Starts a container that may do no more than it must. @returns its name */
  async run(...options: readonly string[]): Promise<string> {
    const name = `parley-${this.target}-test-${randomUUID()}`;
    this.#containers.push(name);
    await dockerOutput(['run', '--detach', `--name=${name}`, ...HARDENED, ...options, this.tag]);
    return name;
  }

  /** What a program of the image prints, in a container of its own. */
  output(program: string, ...args: readonly string[]): Promise<string> {
    return dockerOutput(['run', '--rm', `--entrypoint=${program}`, this.tag, ...args]);
  }

  /** Takes the containers and the image away. */
  async remove(): Promise<void> {
    if (this.#containers.length > 0) await docker(['rm', '--force', '--volumes', ...this.#containers]);
    await docker(['image', 'rm', '--force', this.tag]);
  }
}

export async function untilHealthy(container: string): Promise<void> {
  await waitUntil(async () => (await inspect(container, '{{.State.Health.Status}}')) === 'healthy', {
    signal: AbortSignal.timeout(READY_TIMEOUT_MS),
    everyMs: 250,
  });
}

/** Tells it to end, and to be killed after the grace. @returns its exit code: 137 when it was killed */
export async function stopContainer(container: string, graceS: number): Promise<number> {
  await dockerOutput(['stop', `--time=${graceS}`, container]);
  return Number(await inspect(container, '{{.State.ExitCode}}'));
}

function inspect(container: string, format: string): Promise<string> {
  return dockerOutput(['inspect', `--format=${format}`, container]);
}
