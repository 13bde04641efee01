import { describe, expect, it } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { Bus, ConnectionState } from '@parley/kafka';
import { GatewayHealth } from './gateway-health.ts';

const MINUTE_MS = 60_000;

function consumerIs(state: ConnectionState, kind: Bus['kind'] = 'kafka'): string | undefined {
  const bus = { kind, state: () => ({ producer: state, consumers: [state] }) } as unknown as Bus;
  const unasked = {} as never;
  const health = new GatewayHealth(new HealthIndicatorService(), bus, unasked, unasked, unasked);
  return health.consumer()['consumer']?.status;
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

  it('asks nothing of the in-process bus', () => {
    expect(consumerIs({ connected: true, sinceMs: ago(60) }, 'memory')).toBe('up');
  });
});
