import { beforeEach, describe, expect, it } from '@jest/globals';
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
      error: new Error(),
    });
    expect(await samplesOf('parley_store_failures_total')).toEqual([
      'parley_store_failures_total{account="default",step="claim"} 1',
    ]);
  });
});

describe('being held back', () => {
  it('adds up in seconds, apart for 429s and for other answers that ask to wait', async () => {
    for (const throttled of [true, false, true]) {
      countSenderEvent(metrics, { kind: 'held-back', account, delayMs: 1_500, throttled });
    }
    expect(await samplesOf('parley_held_back_seconds_total')).toEqual([
      'parley_held_back_seconds_total{account="default",cause="throttled"} 3',
      'parley_held_back_seconds_total{account="default",cause="asked"} 1.5',
    ]);
  });
});
