const LOG_EVERY_MS = 5_000;

/**
 * Arguments for Node: has the process collect its garbage now and then, and write to its log what is left. What is resident
 * depends more on when it was collected last.
 */
export const NOTE_LIVE_MEMORY: readonly string[] = [
  '--expose-gc',
  `--import=data:text/javascript,${encodeURIComponent(`
    setInterval(() => {
      globalThis.gc();
      const { heapUsed, external } = process.memoryUsage();
      const liveMiB = (heapUsed + external) / 1024 / 1024;
      process.stdout.write(JSON.stringify({ event: 'collected', liveMiB }) + '\\n');
    }, ${LOG_EVERY_MS}).unref();
  `)}`,
];
