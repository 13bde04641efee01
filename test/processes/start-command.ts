import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { freePort, waitUntil } from '@parley/provisioning';
import type { Exit } from '@parley/provisioning';
import { ProcessMark } from './marked-processes.ts';
import { REPOSITORY } from './service-process.ts';

const POLL_MS = 10;

/** The start command as a process with a group of its own, as a terminal would give it. */
export class StartCommand {
  readonly lines: string[] = [];
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #mark: ProcessMark;

  /** On ports that nothing else uses, with `environment` beside what every process of this user sees. */
  static async run(
    file: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<StartCommand> {
    const mark = new ProcessMark();
    const child = spawn(file, args, {
      cwd: REPOSITORY,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...userEnvironment(),
        GRPC_URL: `127.0.0.1:${await freePort()}`,
        HTTP_PORT: String(await freePort()),
        SANDBOX_PORT: String(await freePort()),
        ...environment,
        ...mark.environment,
      },
    });
    return new StartCommand(child, mark);
  }

  private constructor(child: ChildProcess, mark: ProcessMark) {
    this.#child = child;
    this.#mark = mark;
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
  }

  /** As the terminal does on Ctrl-C: to every process of the group. */
  pressCtrlC(): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGINT');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Command lines of all processes that came of it, itself included, and still run. */
  processes(): Promise<string[]> {
    return this.#mark.find();
  }

  /** @throws with its whole output when `condition` does not come to hold in time, or when it ends before */
  async until(condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
    const ended = new AbortController();
    void this.exited.finally(() => ended.abort(new Error('the start command ended')));
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(timeoutMs)]);
    await waitUntil(async () => condition(), { signal, everyMs: POLL_MS }).catch((cause: unknown) => {
      throw new Error(['Waited in vain. The output so far:', ...this.lines].join('\n  '), { cause });
    });
  }
}

/** A user's shell as it was before `npm test` and Jest added to it. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const added = /^(npm_|JEST_|KAFKA_|TOPIC_|PARLEY_|REDIS_URL$|NODE_ENV$|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)));
}
