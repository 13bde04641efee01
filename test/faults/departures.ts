import type { GatewayProcess } from './gateway-process.ts';

/**
 * Argument for Node: has the process write a line to its log in the tick in which a request is written. Arrivals are
 * late when this process has to wait for a processor, and then tell of a second that never was.
 */
export const NOTE_DEPARTURES = `--import=data:text/javascript,${encodeURIComponent(`
  import { subscribe } from 'node:diagnostics_channel';
  subscribe('undici:client:sendHeaders', () => {
    const atMs = Number(process.hrtime.bigint()) / 1e6;
    process.stdout.write(JSON.stringify({ event: 'departed', atMs }) + '\\n');
  });
`)}`;

/** When requests left, over all of the processes, on the machine's monotonic clock. Oldest first. */
export function departuresOf(gateways: readonly GatewayProcess[]): number[] {
  return gateways
    .flatMap(({ log }) => log.of('departed').map(({ atMs }) => atMs ?? NaN))
    .toSorted((a, b) => a - b);
}
