import { setTimeout as sleep } from 'node:timers/promises';
import type { CallEnd, Result, Text } from '@parley/testing/gateway-client';
import type { GatewayProcess } from './gateway-process.ts';
import type { Ledger } from './ledger.ts';

const DEFAULT_RETRY_AFTER_MS = 200;
const SPREAD = 0.3;

export interface CallerOptions {
  readonly ledger: Ledger;
  /** Asked again for each call, so that a caller may go to another replica. */
  readonly gateway: () => Pick<GatewayProcess, 'send'>;
  /** Ends the trying; what has no outcome then has none. */
  readonly signal: AbortSignal;
  /** Of each call. */
  readonly timeoutMs?: number;
  readonly onCallEnd?: (end: CallEnd) => void;
}

/** A caller as the contract wants it: the same message, with the same id, until it has an outcome. */
export async function sendUntilEnded(message: Text, options: CallerOptions): Promise<Result | undefined> {
  const { ledger, gateway, signal, timeoutMs, onCallEnd } = options;
  ledger.submitted(message.messageId);
  while (!signal.aborted) {
    const end = await gateway().send([message], { signal, ...(timeoutMs !== undefined && { timeoutMs }) });
    onCallEnd?.(end);
    if (end.kind === 'results') {
      const [result] = end.results;
      if (!result) throw new Error('a call without a result');
      ledger.ended(message.messageId, result.outcome);
      return result;
    }
    if (!PASSING.has(end.code))
      throw new Error(`a call failed with ${end.code}, ${end.reason ?? 'no reason'}`);
    // Spread out: everybody was told the same moment.
    const delayMs = (end.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) * (1 + SPREAD * Math.random());
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

const PASSING = new Set(['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'DEADLINE_EXCEEDED', 'CANCELLED']);

/**
 * Begins something `perSecond` times in each second, evenly, until the signal fires. Resolves when all that was begun has
 * ended; rejects when any of it failed.
 */
export function atRate(
  perSecond: number,
  signal: AbortSignal,
  begin: (index: number) => Promise<unknown>,
): Promise<void> {
  const ended = runAtRate(perSecond, signal, begin);
  // Whoever waits for it is told; a test that failed before does not wait.
  ended.catch(() => undefined);
  return ended;
}

async function runAtRate(
  perSecond: number,
  signal: AbortSignal,
  begin: (index: number) => Promise<unknown>,
): Promise<void> {
  const startedMs = performance.now();
  const begun: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  while (!signal.aborted && failures.length === 0) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond) + 1;
    while (begun.length < due) {
      begun.push(begin(begun.length).catch((error: unknown) => failures.push(error)));
    }
    await sleep(Math.min(20, 1000 / perSecond));
  }
  await Promise.all(begun);
  if (failures.length > 0) throw new Error('a call of the load failed', { cause: failures[0] });
}
