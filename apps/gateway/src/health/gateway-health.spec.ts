import { describe, expect, it } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { Bus, ConnectionState, ConsumerState } from '@parley/kafka';
import type { Sender } from '@parley/sender';
import { ConsumerWatch } from '../consumer/consumer-watch.ts';
import { GatewayHealth } from './gateway-health.ts';

const MINUTE_MS = 60_000;

function healthOf({ bus = OUTSIDE, consumer, paused = false }: Partial<Surroundings>): GatewayHealth {
  const sender = { accounts: ['default'], accountState: () => ({ kind: paused ? 'paused' : 'open' }) };
  const watch = new ConsumerWatch();
  watch.watch({ state: () => consumer });
  const unasked = {} as never;
  return new GatewayHealth(
    new HealthIndicatorService(),
    bus,
    sender as unknown as Sender,
    unasked,
    unasked,
    watch,
  );
}

interface Surroundings {
  readonly bus: Bus;
  readonly consumer: ConsumerState;
  readonly paused: boolean;
}

const OUTSIDE = { kind: 'kafka', state: () => ({ consumers: [] }) } as unknown as Bus;

function consumerIs(state: ConnectionState, kind: Bus['kind'] = 'kafka'): string | undefined {
  const bus = { kind, state: () => ({ producer: state, consumers: [state] }) } as unknown as Bus;
  return healthOf({ bus }).consumer()['consumer']?.status;
}

function ago(minutes: number): number {
  return performance.now() - minutes * MINUTE_MS;
}

describe('GatewayHealth', () => {
  it('finds a consumer dead that is a member of its group and has not fetched for minutes', () => {
    expect(consumerIs({ connected: true, sinceMs: ago(60), lastProgressMs: ago(7) })).toBe('down');
    expect(consumerIs({ connected: true, sinceMs: ago(7) })).toBe('down');
  });

  it.each<[string, ConnectionState]>([
    ['fetches', { connected: true, sinceMs: ago(60), lastProgressMs: ago(0) }],
    ['has just become a member again', { connected: true, sinceMs: ago(1), lastProgressMs: ago(60) }],
    ['is away from its broker', { connected: false, sinceMs: ago(60), lastProgressMs: ago(60) }],
    ['has never found its broker', { connected: false, sinceMs: ago(60) }],
  ])('finds a consumer alive that %s', (_name, state) => {
    expect(consumerIs(state)).toBe('up');
  });

  const still: ConsumerState = {
    connection: { connected: true, sinceMs: ago(60) },
    partitions: 1,
    pausedPartitions: 0,
    inFlight: 0,
    waiting: 0,
    lag: 7n,
    unsettled: 3,
    standstillMs: 7 * MINUTE_MS,
  };

  it('finds a consumer dead that has forgotten records without settling them', () => {
    expect(healthOf({ consumer: still }).consumer()['consumer']?.status).toBe('down');
  });

  it.each<[string, Partial<ConsumerState>]>([
    ['is handling its records', { inFlight: 1 }],
    ['has them waiting for their turn', { waiting: 1 }],
    ['has none, because their broker gives none', { unsettled: 0 }],
    ['has settled one lately', { standstillMs: MINUTE_MS }],
  ])('finds a consumer alive that %s', (_name, state) => {
    const health = healthOf({ consumer: { ...still, ...state } });
    expect(health.consumer()['consumer']?.status).toBe('up');
  });

  it('is degraded by a consumer that has lag and settles nothing, unless an account is paused', () => {
    const consumer = { ...still, inFlight: 3 };
    expect(healthOf({ consumer }).consuming()).toEqual({
      consumer: { status: 'degraded', lag: 7, standstillSeconds: 420 },
    });
    expect(healthOf({ consumer, paused: true }).consuming()['consumer']?.status).toBe('up');
    expect(healthOf({ consumer: { ...still, standstillMs: 0 } }).consuming()['consumer']?.status).toBe('up');
    expect(healthOf({}).consuming()['consumer']?.status).toBe('up');
  });

  it('asks nothing of the in-process bus', () => {
    expect(consumerIs({ connected: true, sinceMs: ago(60) }, 'memory')).toBe('up');
  });
});
