import { describeFailure } from './describe-failure.ts';

/** What runs in a process, as far as its end goes. */
export interface Endable {
  stop(): Promise<void>;
  /** What a stop still waits for, by name. */
  readonly unfinished: readonly string[];
}

/** As much of `process` as is needed to end it. */
export interface EndableProcess {
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
  exit(code: number): unknown;
  readonly stderr: { write(line: string): unknown };
}

/**
 * The one place that ends this process. It is made before anything else is loaded, so that no signal is ever too early:
 *
 * - at SIGTERM or SIGINT with 0, once what {@link runs} has started and stopped; at once when nothing was started yet;
 * - with 1 when that takes too long, and at a second signal;
 * - with 1 when the start fails, and when an error was not caught. Then nobody knows what state the process is in, and it
 *   ends without a stop: what that leaves behind is what a kill leaves, and each message still comes to an honest end.
 */
export class ProcessEnd {
  readonly #process: EndableProcess;
  #running: Promise<Endable> | undefined;
  #unfinished: () => readonly string[] = () => ['start'];
  #stopWithinMs = 0;
  #isStopping = false;

  constructor(process: EndableProcess) {
    this.#process = process;
    process.on('uncaughtException', (error) => this.#fail(error, 'an error was not caught'));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#stop());
  }

  /** @param stopWithinMs from the signal to the end, a start that is under way included */
  runs(starting: Promise<Endable>, { stopWithinMs }: { readonly stopWithinMs: number }): void {
    this.#running = starting;
    this.#stopWithinMs = stopWithinMs;
    starting.then(
      (running) => (this.#unfinished = () => running.unfinished),
      (error: unknown) => this.#fail(error, 'the start failed'),
    );
  }

  #stop(): void {
    if (this.#isStopping || !this.#running) {
      this.#process.exit(this.#isStopping ? 1 : 0);
      return;
    }
    this.#isStopping = true;
    const stopWithinMs = this.#stopWithinMs;
    setTimeout(() => {
      this.#tell({ msg: 'the stop took too long', stopWithinMs, unfinished: this.#unfinished() });
      this.#process.exit(1);
    }, stopWithinMs);
    this.#running.then(
      (running) =>
        running.stop().then(
          () => this.#process.exit(0),
          (error: unknown) => this.#fail(error, 'the stop failed'),
        ),
      () => undefined, // told where it started
    );
  }

  #fail(error: unknown, msg: string): void {
    this.#tell({ msg, ...describeFailure(error) });
    this.#process.exit(1);
  }

  /** A line as the logger writes them; there may be no logger, or none that comes to writing. */
  #tell(facts: Readonly<Record<string, unknown>>): void {
    this.#process.stderr.write(`${JSON.stringify({ level: FATAL, time: Date.now(), ...facts })}\n`);
  }
}

/** Of pino. */
const FATAL = 60;
