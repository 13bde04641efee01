import { worstSecond } from '@parley/testing';
import { MESSAGES_PER_REQUEST } from './gateway-process.ts';
import type { Ledger } from './ledger.ts';
import { LIMIT_PER_SECOND } from './provider-process.ts';

export interface PermitFigures {
  readonly requests: number;
  /** Most requests that arrived within a second, wherever it begins: half open, so 1,000 ms apart is not within. */
  readonly worstSecond: number;
  /** The shortest time in which one request more than the limit arrived: how near the limit came. */
  readonly closestMs: number;
  readonly throttled: number;
  /** 0 to 1: of the permits between the first and the last full batch. */
  readonly permitsUsed: number;
  /** Messages per request, over all of them. */
  readonly meanBatch: number;
  /** Messages taken after the first request, over the time from the first to the last one. */
  readonly messagesPerSecond: number;
}

/** How the requests that arrived made use of the limit. */
export function permitFigures(ledger: Ledger): PermitFigures {
  const taken = ledger.filter(({ status }) => status === 200);
  const messages = sum(ledger.map((arrival) => arrival.messages.length));
  const takenLater = sum(taken.slice(1).map((arrival) => arrival.messages.length));
  return {
    requests: ledger.length,
    worstSecond: worstSecond(ledger.map(({ atMs }) => atMs)),
    closestMs: closest(ledger.map(({ atMs }) => atMs)),
    throttled: ledger.length - taken.length,
    permitsUsed: permitsUsed(ledger),
    meanBatch: messages / ledger.length,
    messagesPerSecond: takenLater / secondsOf(taken),
  };
}

function closest(timesMs: readonly number[]): number {
  const spans = timesMs.slice(LIMIT_PER_SECOND).map((atMs, index) => atMs - (timesMs[index] ?? -Infinity));
  return Math.min(...spans);
}

function permitsUsed(ledger: Ledger): number {
  const isFull = ({ messages }: Ledger[number]): boolean => messages.length === MESSAGES_PER_REQUEST;
  const steady = ledger.slice(ledger.findIndex(isFull), ledger.findLastIndex(isFull) + 1);
  return (steady.length - 1) / secondsOf(steady) / LIMIT_PER_SECOND;
}

function secondsOf(ledger: Ledger): number {
  return ((ledger.at(-1)?.atMs ?? NaN) - (ledger[0]?.atMs ?? NaN)) / 1000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
