import { readFileSync } from 'node:fs';
import { HELP, parseArguments } from './arguments.ts';

// npm hands a signal on to what it runs, which has it from the terminal already: the pair is one Ctrl-C.
const SAME_PRESS_MS = 500;
const PARENT_POLL_MS = 500;

const parsed = parseArguments(process.argv.slice(2));
if (parsed.kind === 'help') {
  console.log(HELP);
} else if (parsed.kind === 'invalid') {
  console.error(`${parsed.message}\n\n${HELP}`);
  process.exitCode = 2;
} else {
  const signal = wishToStop();
  // Loaded after the handlers are in place: Ctrl-C counts from the first moment on.
  const { launch } = await import('./launch.ts');
  const outcome = await launch({
    bus: parsed.bus,
    environment: process.env,
    signal,
    print: (line) => console.log(line),
  });
  if (outcome.kind === 'failed') console.error(`\n${outcome.message}`);
  process.exit(outcome.kind === 'failed' ? 1 : 0);
}

/** Aborts on Ctrl-C, on SIGTERM, and when the process that started this one is gone. */
function wishToStop(): AbortSignal {
  const stopping = new AbortController();
  let firstAt = 0;
  const onSignal = (): void => {
    const now = performance.now();
    if (!stopping.signal.aborted) {
      firstAt = now;
      console.log('\nstopping …');
      stopping.abort();
    } else if (now - firstAt > SAME_PRESS_MS) {
      process.exit(130); // what still runs is on a leash and ends by itself
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

  const starter = whoStartedThis();
  setInterval(() => {
    if (whoStartedThis() !== starter) stopping.abort();
  }, PARENT_POLL_MS).unref();
  return stopping.signal;
}

/** npm runs a script through a shell, which lives on when npm is killed: then the shell has a new parent. */
function whoStartedThis(): string {
  const parent = String(process.ppid);
  return process.env['npm_lifecycle_event'] === undefined ? parent : `${parent} of ${parentOf(parent)}`;
}

function parentOf(pid: string): string {
  try {
    return /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown'; // no /proc on this system: the shell's own end is still noticed
  }
}
