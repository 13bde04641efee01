import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { percentile } from '@parley/testing';
import { atRate } from './caller.ts';
import { FaultyProvider } from './faulty-provider.ts';
import type { CallEnd } from '@parley/testing/gateway-client';
import { GatewayProcess } from './gateway-process.ts';
import { Ledger, NO_DISCREPANCIES } from './ledger.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';
import { textOf, textsOf } from './texts.ts';

const TEST_TIMEOUT_MS = 60_000;
const OVERLOAD_MS = 12_000;
/** For code to be compiled and the distance kept from the limit to settle. */
const SETTLING_MS = 2_000;
/** What counts is the best of these: in the others somebody else may have had the processors. */
const WINDOW_MS = 2_000;
const WINDOWS = Math.floor((OVERLOAD_MS - SETTLING_MS) / WINDOW_MS);
const LIMIT_PER_SECOND = 10;
const MESSAGES_PER_REQUEST = 20;
const QUEUE_MAX_MESSAGES = 1_000;
const OVER = 10;
const MESSAGES_PER_CALL = 20;
const CAPACITY_PER_SECOND = LIMIT_PER_SECOND * MESSAGES_PER_REQUEST;
const LEAST_GOODPUT = 0.95;
const REFUSAL_P99_MS = 20;
const RECOVERY_MS = 10_000;
const MEASURED_EVERY_MS = 500;
/** So that memory shows what is held: V8 lets garbage lie while the machine has room for it. */
const BOUNDED_HEAP = ['--max-old-space-size=96', '--max-semi-space-size=4'];
/** Between the first and the second half of the overload. */
const MOST_GROWTH_MIB = 15;

describe('A gateway that is given ten times what the provider takes', () => {
  it(
    'refuses the excess at once, sends at full pace, does not grow, and recovers',
    async () => {
      const provider = await FaultyProvider.listen();
      const gateway = await GatewayProcess.start({
        providerUrl: provider.url,
        nodeArgs: BOUNDED_HEAP,
        settings: {
          INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
          INSIDER_MAX_MESSAGES_PER_REQUEST: String(MESSAGES_PER_REQUEST),
          QUEUE_MAX_MESSAGES: String(QUEUE_MAX_MESSAGES),
          LOG_LEVEL: 'info',
        },
      });
      try {
        const ledger = new Ledger();
        const refusals: (CallEnd & { readonly atMs: number })[] = [];
        const stop = AbortSignal.timeout(OVERLOAD_MS);
        const startedMs = performance.now();
        const memoryMiB: number[] = [];
        const measuring = (async () => {
          await sleep(SETTLING_MS);
          while (!stop.aborted) {
            memoryMiB.push(await gateway.residentMiB());
            await sleep(MEASURED_EVERY_MS);
          }
        })();
        const callsPerSecond = (OVER * CAPACITY_PER_SECOND) / MESSAGES_PER_CALL;
        const load = atRate(callsPerSecond, stop, async () => {
          const texts = textsOf(MESSAGES_PER_CALL);
          const end = await gateway.send(texts);
          if (end.kind === 'failed') refusals.push({ ...end, atMs: performance.now() });
          else for (const { messageId, outcome } of end.results) ledger.ended(messageId, outcome);
        });
        await measuring;
        const stoppedMs = performance.now();
        const probe = textOf();
        ledger.submitted(probe.messageId);
        for (;;) {
          const end = await gateway.send([probe], { timeoutMs: 1_000 });
          if (end.kind === 'results') {
            for (const { messageId, outcome } of end.results) ledger.ended(messageId, outcome);
            break;
          }
          expect(performance.now() - stoppedMs).toBeLessThan(RECOVERY_MS);
          await sleep(100);
        }
        const recoveredMs = performance.now() - stoppedMs;
        await load;

        const windows = Array.from({ length: WINDOWS }, (_, index) => {
          const fromMs = startedMs + SETTLING_MS + index * WINDOW_MS;
          const isIn = ({ atMs }: { readonly atMs: number }): boolean =>
            atMs >= fromMs && atMs < fromMs + WINDOW_MS;
          const waitsMs = refusals.filter(isIn).map(({ durationMs }) => durationMs);
          const sent = provider.arrivals.filter(isIn).reduce((sum, { ids }) => sum + ids.length, 0);
          return {
            p99Ms: percentile(waitsMs, 0.99),
            goodput: sent / (WINDOW_MS / 1000) / CAPACITY_PER_SECOND,
          };
        });
        const p99Ms = Math.min(...windows.map((window) => window.p99Ms));
        const goodput = Math.max(...windows.map((window) => window.goodput));
        const half = Math.floor(memoryMiB.length / 2);
        const growthMiB = mean(memoryMiB.slice(half)) - mean(memoryMiB.slice(0, half));
        console.info(
          ...windows.map((each) => `p99 ${each.p99Ms.toFixed(1)} ms, goodput ${each.goodput.toFixed(3)};`),
          `${refusals.length} refusals; resident ${Math.min(...memoryMiB).toFixed(0)} to`,
          `${Math.max(...memoryMiB).toFixed(0)} MiB; recovered in ${recoveredMs.toFixed(0)} ms`,
        );
        for (const refusal of refusals) {
          expect(refusal).toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: expect.any(Number) });
        }
        expect(refusals.length).toBeGreaterThan((callsPerSecond * OVERLOAD_MS) / 2000);
        expect(p99Ms).toBeLessThan(latencyBoundMs(REFUSAL_P99_MS));
        expect(goodput).toBeGreaterThanOrEqual(LEAST_GOODPUT);
        expect(growthMiB).toBeLessThan(MOST_GROWTH_MIB);
        expect(recoveredMs).toBeLessThan(RECOVERY_MS);
        // Whatever was not refused was sent.
        expect(ledger.outcomes).toEqual({ ACCEPTED: ledger.ids.length });
        expect(ledger.compareWith(provider.arrivals)).toEqual(NO_DISCREPANCIES);
      } finally {
        await gateway.stop();
        await provider.close();
      }
    },
    TEST_TIMEOUT_MS,
  );
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
