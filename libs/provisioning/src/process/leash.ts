import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';

/**
 * A program of its own between a parent and the command it runs. Its message channel breaks when the parent ends,
 * whatever way that happens, kill -9 included; the command's process group is then terminated, killed after
 * `graceMs`, and `folder` removed.
 *
 * What it cannot survive is a kill -9 of itself.
 */
export interface LeashOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** Removed when the leash ends. */
  readonly folder?: string;
}

export type LeashOrder =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

export type LeashEvent =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'exited'; readonly exitCode: number | null; readonly signal: NodeJS.Signals | null };

const options = JSON.parse(process.argv[2] ?? '') as LeashOptions;
let child: ChildProcess | undefined;
let ending = false;

process.on('message', (order: LeashOrder) => {
  if (order.kind === 'start') start();
  else if (order.kind === 'signal') signalGroup(child, order.signal);
  else void stop();
});
process.once('disconnect', () => void end());
process.once('SIGTERM', () => void end());
if (!process.connected) void end(); // the parent ended while this program was loading

function start(): void {
  if (child || ending) return;
  const started = spawn(options.file, options.args, {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  child = started;
  started.once('spawn', () => {
    if (started.pid !== undefined) tell({ kind: 'started', pid: started.pid });
  });
  started.once('error', (error) => {
    child = undefined;
    tell({ kind: 'failed', message: error.message });
  });
  started.once('exit', (exitCode, signal) => {
    signalGroup(started, 'SIGKILL'); // what it left behind in its group
    child = undefined;
    tell({ kind: 'exited', exitCode, signal });
  });
}

async function stop(): Promise<void> {
  const running = child;
  if (running?.pid === undefined) return;
  const exited = new Promise((resolve) => running.once('exit', resolve));
  signalGroup(running, 'SIGTERM');
  signalGroup(running, 'SIGCONT'); // a paused process takes its SIGTERM only once it runs again
  const kill = setTimeout(() => signalGroup(running, 'SIGKILL'), options.graceMs);
  await exited;
  clearTimeout(kill);
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await stop();
  if (options.folder !== undefined) await rm(options.folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

function signalGroup(target: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (target?.pid === undefined) return;
  try {
    process.kill(-target.pid, signal);
  } catch {
    // The group is gone, which is what every signal sent here is meant to bring about.
  }
}

function tell(event: LeashEvent): void {
  if (process.connected) process.send?.(event);
}
