import type { DestinationStream } from 'pino';

/**
 * Standard output that outlives its reader: when a log collector dies its lines are dropped, and the process goes on.
 * pino's own destination repeats the failed write for ever, with the event loop standing still.
 */
export function standardOutput(): DestinationStream {
  process.stdout.off('error', dropLine).on('error', dropLine);
  return process.stdout;
}

/** There is nobody left to tell. */
function dropLine(): void {
  return undefined;
}
