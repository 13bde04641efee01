/**
 * Loaded into a gateway (`--import`): tells by lines of the log when its event loop stood still, and what ends the process.
 * For how long it stood still is told in processor time of its thread: what others take of the machine is none of it.
 */
const EVERY_MS = 5;
const TOLD_FROM_MS = 50;

let last = now();
setInterval(() => {
  const { wallMs, cpuMs } = now();
  const durationMs = Math.min(wallMs - last.wallMs, cpuMs - last.cpuMs);
  if (durationMs >= TOLD_FROM_MS) tell({ event: 'loop-stalled', durationMs });
  last = { wallMs, cpuMs };
}, EVERY_MS).unref();

process.on('uncaughtExceptionMonitor', (error, origin) =>
  tell({ event: 'died', detail: `${origin}: ${error.stack}` }),
);
process.on('warning', ({ name, message }) => tell({ event: 'warned', detail: `${name}: ${message}` }));

function now(): { wallMs: number; cpuMs: number } {
  const { user, system } = process.threadCpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1_000 };
}

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
