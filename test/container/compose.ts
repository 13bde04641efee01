import { join } from 'node:path';
import { runCommand } from '@parley/provisioning';
import { REPOSITORY } from '../processes/service-process.ts';
import { docker } from './docker.ts';
import type { Finished } from './docker.ts';

const ANSWER_TIMEOUT_MS = 10_000;
const FILE = join(REPOSITORY, 'docker-compose.yml');

const ANY_FREE_PORTS = Object.fromEntries(
  ['KAFKA', 'SANDBOX', 'GRPC', 'HTTP', 'PROMETHEUS', 'GRAFANA'].map((name) => [`PARLEY_${name}_PORT`, '0']),
);

/** Docker Compose, as a plugin of `docker` or as a program of its own. Undefined when there is neither. */
export async function findCompose(): Promise<Compose | undefined> {
  for (const command of [['docker', 'compose'], ['docker-compose']]) {
    const [file = '', ...args] = command;
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const outcome = await runCommand(file, [...args, 'version'], { signal });
    if (outcome.kind === 'exited' && outcome.exitCode === 0) return new Compose(command);
  }
  return undefined;
}

/** What `docker-compose.yml` describes, beside whatever else of it runs on this machine. */
export class Compose {
  readonly #command: readonly string[];

  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /**
   * Runs it to its end, whatever its exit code; publishes ports that are free.
   *
   * @param project keeps containers and volumes apart from those of others
   */
  async run(project: string, args: readonly string[], timeoutMs: number): Promise<Finished> {
    const [file = '', ...first] = this.#command;
    const all = [...first, '--file', FILE, '--project-name', project, ...args];
    const env = { ...process.env, ...ANY_FREE_PORTS };
    const outcome = await runCommand(file, all, { signal: AbortSignal.timeout(timeoutMs), env });
    if (outcome.kind === 'not-found') throw new Error(`no ${file} command`);
    return outcome;
  }
}

/** Whether the engine has an image without asking a registry for it. */
export async function hasImage(image: string): Promise<boolean> {
  return (await docker(['image', 'inspect', image])).exitCode === 0;
}
