import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Metrics } from './metrics.ts';
import { countSenderEvent, countStoreEvent } from './sender-metrics.ts';

const account = 'default';

let metrics: Metrics;

beforeEach(() => {
  metrics = new Metrics();
});

/** Samples of one metric. */
async function samplesOf(name: string): Promise<string[]> {
  const text = await metrics.registry.getSingleMetricAsString(name);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('what happens in Redis', () => {
  it('shows while this process paces itself', async () => {
    countStoreEvent(metrics, { kind: 'permits-local', account, limitPerSecond: 5, replicas: 2 });
    expect(await samplesOf('parley_permits_local')).toEqual(['parley_permits_local{account="default"} 1']);
    countStoreEvent(metrics, { kind: 'permits-shared', account });
    expect(await samplesOf('parley_permits_local')).toEqual(['parley_permits_local{account="default"} 0']);
  });

  it('shows that its clock was set, be it back', async () => {
    countStoreEvent(metrics, { kind: 'clock-stepped', account, byMs: -3_000 });
    expect(await samplesOf('parley_redis_clock_steps_total')).toEqual([
      'parley_redis_clock_steps_total{account="default"} 1',
    ]);
  });

  it('shows what could not be stored, once for each batch', async () => {
    countSenderEvent(metrics, {
      kind: 'store-failed',
      account,
      step: 'claim',
      messages: 100,
      code: 'REDIS_AWAY',
    });
    expect(await samplesOf('parley_store_failures_total')).toEqual([
      'parley_store_failures_total{account="default",step="claim"} 1',
    ]);
  });
});

describe('a request', () => {
  const attempted = {
    kind: 'attempted',
    account,
    messages: 1,
    repeated: 0,
    waitedMs: 0,
    totalMs: 200,
    traceparents: [],
  } as const;

  it('counts, and has no duration when nothing was written', async () => {
    countSenderEvent(metrics, { ...attempted, answer: 'unavailable' });
    countSenderEvent(metrics, { ...attempted, answer: 'accepted', durationMs: 200 });
    expect(await samplesOf('parley_requests_total')).toHaveLength(2);
    expect(await samplesOf('parley_request_duration_seconds')).toContain(
      'parley_request_duration_seconds_count{account="default"} 1',
    );
  });
});

describe('being held back', () => {
  let nowMs = 0;
  beforeEach(() => {
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  function holdBack(delayMs: number, { throttled, of = account }: { throttled: boolean; of?: string }): void {
    countSenderEvent(metrics, { kind: 'held-back', account: of, delayMs, throttled });
  }

  it('adds up in seconds, apart for 429s and for other answers that ask to wait', async () => {
    for (const throttled of [true, false, true]) {
      holdBack(1_500, { throttled });
      nowMs += 2_000;
    }
    expect(await samplesOf('parley_held_back_seconds_total')).toEqual([
      'parley_held_back_seconds_total{account="default",cause="throttled"} 3',
      'parley_held_back_seconds_total{account="default",cause="asked"} 1.5',
    ]);
  });

  it('counts once however many requests are told to wait, each account by itself', async () => {
    for (let told = 0; told < 10; told += 1) {
      holdBack(60_000, { throttled: true });
      nowMs += 1_000;
    }
    holdBack(10_000, { throttled: true });
    holdBack(10_000, { throttled: true, of: 'shop' });
    expect(await samplesOf('parley_held_back_seconds_total')).toEqual([
      'parley_held_back_seconds_total{account="default",cause="throttled"} 69',
      'parley_held_back_seconds_total{account="shop",cause="throttled"} 10',
    ]);
  });
});
