import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { monotonicMs } from '@parley/testing';
import type { GatewayProcess } from '../gateway-process.ts';

/** What a process held at a moment. */
export interface Resources {
  readonly atMs: number;
  readonly residentMiB: number;
  /** Open files, sockets and pipes (Linux), but for connections that its callers keep open: those are theirs to close. */
  readonly descriptors: number;
}

/** Without waiting in between: on a busy machine what was read first would be long past. */
export function resourcesOf(gateway: GatewayProcess): Resources {
  const folder = `/proc/${gateway.pid}`;
  const open = readdirSync(`${folder}/fd`).flatMap((descriptor) => targetOf(`${folder}/fd/${descriptor}`));
  const ofCallers = connectionsTo(Number(new URL(gateway.callbacksUrl).port));
  const [, kB] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`${folder}/status`, 'utf8')) ?? [];
  return {
    atMs: monotonicMs(),
    residentMiB: Number(kB) / 1024,
    descriptors: open.filter((target) => !ofCallers.has(target)).length,
  };
}

/** None when it was closed meanwhile. */
function targetOf(descriptor: string): string[] {
  try {
    return [readlinkSync(descriptor)];
  } catch {
    return [];
  }
}

/** Those that both ends hold, as descriptors name them: one that its caller has closed is the process's own. */
function connectionsTo(port: number): ReadonlySet<string> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  const established = rows.filter(
    ([, address, , state]) => address?.endsWith(local) && state === ESTABLISHED,
  );
  return new Set(established.map((row) => `socket:[${row[INODE_AT]}]`));
}

/** Of the Linux kernel's `tcp_states.h`, as the table has it. */
const ESTABLISHED = '01';
const INODE_AT = 9;

/** The straight line that fits points best, and how far its slope can be trusted. */
export interface Line {
  /** Of y for each x. */
  readonly slope: number;
  /** To either side of the slope: 95 of 100 such intervals hold the true one, if points stray independently. */
  readonly within: number;
}

/** Least squares. @returns NaN for fewer than three points */
export function fitLine(points: readonly { readonly x: number; readonly y: number }[]): Line {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residual = points.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const within = NORMAL_95 * Math.sqrt(residual / (points.length - 2) / spread);
  return points.length < 3 ? { slope: NaN, within: NaN } : { slope, within };
}

const NORMAL_95 = 1.96;
