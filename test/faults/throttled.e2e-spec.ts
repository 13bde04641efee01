import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until, worstSecond } from '@parley/testing';
import { SHARED_REDIS_URL, describeWithRedis } from '../redis/shared-redis.ts';
import { atRate, sendUntilEnded } from './caller.ts';
import { NOTE_DEPARTURES, departuresOf } from './departures.ts';
import { FaultyProvider, accept, answer } from './faulty-provider.ts';
import type { LogLine } from './gateway-log.ts';
import { GatewayProcess } from './gateway-process.ts';
import { Ledger, NO_DISCREPANCIES } from './ledger.ts';
import { textOf } from './texts.ts';

const START_TIMEOUT_MS = 60_000;
const TEST_TIMEOUT_MS = 20_000;
const LIMIT_PER_SECOND = 10;
const RETRY_AFTER_SECONDS = 2;
const HOUR_MS = 3_600_000;
/** More than the limit lets through one by one, so that both always have something to send. */
const TEXTS_PER_SECOND = 60;

describeWithRedis('Two gateways that are throttled (needs REDIS_URL)', () => twoGateways(SHARED_REDIS_URL));

function twoGateways(redis: string): void {
  let provider: FaultyProvider;
  let gateways: readonly GatewayProcess[];

  beforeAll(async () => {
    provider = await FaultyProvider.listen();
    const setup = {
      providerUrl: provider.url,
      nodeArgs: [NOTE_DEPARTURES],
      account: `throttled-${randomUUID()}`,
      settings: { REDIS_URL: redis, INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND) },
    };
    gateways = await Promise.all([GatewayProcess.start(setup), GatewayProcess.start(setup)]);
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await provider.close();
  }, START_TIMEOUT_MS);

  it.each([
    { told: 'seconds', headers: () => ({ 'retry-after': String(RETRY_AFTER_SECONDS) }) },
    { told: 'a date, by a clock an hour ahead', headers: () => datesOf(HOUR_MS) },
    { told: 'a date, by a clock an hour behind', headers: () => datesOf(-HOUR_MS) },
  ])(
    'both wait as long as they are told, when told $told',
    async ({ headers }) => {
      const throttledMs = await throttleOnce(headers);
      const sooner = provider.arrivals.filter(
        ({ atMs }) => atMs > throttledMs && atMs < throttledMs + RETRY_AFTER_SECONDS * 1000,
      );
      expect(sooner).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'both wait a while of their own when they are told none',
    async () => {
      const throttledMs = await throttleOnce(() => ({}));
      const { delayMs = NaN } = lastHeldBack() ?? {};
      expect(delayMs).toBeGreaterThan(0);
      const sooner = provider.arrivals.filter(
        ({ atMs }) => atMs > throttledMs && atMs < throttledMs + delayMs,
      );
      expect(sooner).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  /**
   * Throttles one request of a steady stream through both, and ends when the stream has been delivered.
   *
   * @returns when the provider said so
   */
  async function throttleOnce(headers: () => Record<string, string>): Promise<number> {
    const ledger = new Ledger();
    const from = provider.arrivals.length;
    let throttledMs = NaN;
    const stop = new AbortController();
    const stream = atRate(TEXTS_PER_SECOND, stop.signal, (index) =>
      sendUntilEnded(textOf(), {
        ledger,
        signal: AbortSignal.timeout(TEST_TIMEOUT_MS),
        gateway: () => gatewayOf(index),
      }),
    );
    try {
      await until('both send', () => gateways.every(hasSent) && provider.arrivals.length > from + 5);
      provider.behaviour = (_, response) => {
        provider.behaviour = accept;
        throttledMs = performance.now();
        answer(response, 429, { message: 'Too Many Requests', status: 429 }, headers());
      };
      const again = (): boolean =>
        provider.arrivals.filter(({ atMs }) => atMs > throttledMs).length > LIMIT_PER_SECOND;
      await until('requests come again', again, { timeoutMs: 10_000 });
    } finally {
      stop.abort();
    }
    await stream;

    const arrivals = provider.arrivals.slice(from);
    expect(ledger.outcomes).toEqual({ ACCEPTED: ledger.ids.length });
    expect(ledger.compareWith(arrivals)).toEqual(NO_DISCREPANCIES);
    const departures = departuresOf(gateways);
    expect(departures).toHaveLength(provider.arrivals.length);
    expect(worstSecond(departures)).toBeLessThanOrEqual(LIMIT_PER_SECOND);
    return throttledMs;
  }

  function gatewayOf(index: number): GatewayProcess {
    const gateway = gateways[index % gateways.length];
    if (!gateway) throw new Error('not started');
    return gateway;
  }

  function lastHeldBack(): LogLine | undefined {
    return gateways
      .flatMap(({ log }) => log.of('held-back'))
      .toSorted((a, b) => a.time - b.time)
      .at(-1);
  }
}

function hasSent({ log }: GatewayProcess): boolean {
  return log.of('attempted').length > 0;
}

/** Headers of a provider whose clock is off. Both dates are whole seconds, so that their distance is exact. */
function datesOf(skewMs: number): Record<string, string> {
  const date = Math.floor((Date.now() + skewMs) / 1000) * 1000;
  return {
    date: new Date(date).toUTCString(),
    'retry-after': new Date(date + RETRY_AFTER_SECONDS * 1000).toUTCString(),
  };
}
