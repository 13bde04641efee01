import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LeashEvent, LeashOptions, LeashOrder } from './leash.ts';

const TAIL_LINES = 30;

// Beside this file, as source under type stripping or as built.
const LEASH = fileURLToPath(new URL(`./leash${extname(import.meta.url)}`, import.meta.url));

export interface LeashedOptions extends LeashOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** How a process ended; both `null` when nobody could tell. */
export interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that can be taken down and brought back on the same ports and data, for tests of faults. */
export interface Restartable {
  /** Of the running process; `undefined` while it is down. */
  readonly pid: number | undefined;
  /** Starts it again; does not wait until it answers. */
  start(): Promise<void>;
  /** SIGTERM, and SIGKILL when that does not end it in time. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it holds its sockets and answers nothing until `resume`. */
  pause(): void;
  resume(): void;
}

/**
 * A child process that never outlives this one, even when this one is killed with SIGKILL. It has its own process group,
 * so that Ctrl-C in a terminal does not reach it: only this process decides when it stops.
 */
export class LeashedProcess implements Restartable {
  readonly #leash: ChildProcess;
  readonly #tail: string[] = [];
  #pid: number | undefined;
  #started = Promise.withResolvers<undefined>();
  #exit = Promise.withResolvers<Exit>();

  constructor({ env = process.env, onLine, ...options }: LeashedOptions) {
    this.#leash = fork(LEASH, [JSON.stringify(options)], {
      env,
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#leash.on('message', (event: LeashEvent) => this.#take(event));
    this.#leash.once('exit', () => {
      this.#started.reject(new Error('ended before it was started'));
      this.#ended({ exitCode: null, signal: null });
    });
    this.#started.promise.catch(() => undefined); // nobody waits for it before start()
    for (const stream of ['stdout', 'stderr'] as const) {
      const readable = this.#leash[stream];
      if (!readable) continue;
      createInterface({ input: readable }).on('line', (line) => {
        this.#tail.push(line);
        if (this.#tail.length > TAIL_LINES) this.#tail.shift();
        onLine?.(line, stream);
      });
    }
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  /** The last lines it wrote, at most 30. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  /** Settles when the process that runs now, or was started last, ends. */
  get exited(): Promise<Exit> {
    return this.#exit.promise;
  }

  async start(): Promise<void> {
    if (this.#pid !== undefined) return;
    if (!this.#leash.connected) throw new Error('released');
    this.#started = Promise.withResolvers();
    this.#exit = Promise.withResolvers();
    this.#order({ kind: 'start' });
    await this.#started.promise;
  }

  async stop(): Promise<void> {
    if (this.#pid === undefined) return;
    this.#order({ kind: 'stop' });
    await this.exited;
  }

  async kill(): Promise<void> {
    if (this.#pid === undefined) return;
    this.#order({ kind: 'signal', signal: 'SIGKILL' });
    await this.exited;
  }

  pause(): void {
    this.#order({ kind: 'signal', signal: 'SIGSTOP' });
  }

  resume(): void {
    this.#order({ kind: 'signal', signal: 'SIGCONT' });
  }

  /** Stops it for good and removes its folder. Takes at most the grace period and a moment. */
  async release(): Promise<void> {
    if (this.#leash.exitCode !== null || this.#leash.signalCode !== null) return;
    await this.stop(); // while the leash can still tell how it ended
    const gone = once(this.#leash, 'exit');
    if (this.#leash.connected) this.#leash.disconnect();
    await gone;
  }

  #order(order: LeashOrder): void {
    if (this.#leash.connected) this.#leash.send(order);
  }

  #take(event: LeashEvent): void {
    if (event.kind === 'started') {
      this.#pid = event.pid;
      this.#started.resolve(undefined);
    } else if (event.kind === 'failed') {
      this.#started.reject(new Error(event.message));
    } else {
      this.#ended(event);
    }
  }

  #ended({ exitCode, signal }: Exit): void {
    this.#pid = undefined;
    this.#exit.resolve({ exitCode, signal });
  }
}
