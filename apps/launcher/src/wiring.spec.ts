import { describe, expect, it } from '@jest/globals';
import { wire } from './wiring.ts';
import type { Wiring, WiringOptions } from './wiring.ts';

function wiring(options: Partial<WiringOptions> = {}): Promise<Wiring> {
  let secrets = 0;
  return wire({
    environment: {},
    brokers: undefined,
    redisUrl: undefined,
    makeSecret: () => `secret-${++secrets}`,
    ports: { isFree: () => Promise.resolve(true), free: () => Promise.resolve(29_999) },
    ...options,
  });
}

describe('wire', () => {
  it('makes sandbox and gateway share key and callback token', async () => {
    const { gatewayEnvironment, sandboxEnvironment } = await wiring();
    expect(gatewayEnvironment['INSIDER_BASE_URL']).toBe('http://127.0.0.1:4000');
    expect(gatewayEnvironment['INSIDER_AUTH_KEY']).toBe(sandboxEnvironment['SANDBOX_AUTH_KEY']);
    expect(gatewayEnvironment['CALLBACK_TOKENS']).toBe(sandboxEnvironment['SANDBOX_CALLBACK_TOKEN']);
    expect(sandboxEnvironment['SANDBOX_CALLBACK_URL']).toBe(
      'http://127.0.0.1:3000/callbacks/insider/default',
    );
  });

  it('lets the user’s settings win, and makes both sides agree on them', async () => {
    const { gatewayEnvironment, sandboxEnvironment, grpcAddress } = await wiring({
      environment: {
        GRPC_URL: '0.0.0.0:6000',
        HTTP_PORT: '3001',
        SANDBOX_PORT: '4001',
        CALLBACK_TOKENS: 'new,old',
        SANDBOX_ENFORCE_WINDOW: 'true',
      },
    });
    expect(grpcAddress).toBe('127.0.0.1:6000');
    expect(gatewayEnvironment).toMatchObject({
      HTTP_PORT: '3001',
      INSIDER_BASE_URL: 'http://127.0.0.1:4001',
    });
    expect(sandboxEnvironment).toMatchObject({
      SANDBOX_PORT: '4001',
      SANDBOX_CALLBACK_URL: 'http://127.0.0.1:3001/callbacks/insider/default',
      SANDBOX_CALLBACK_TOKEN: 'new',
      SANDBOX_ENFORCE_WINDOW: 'true',
    });
  });

  it('moves off a default port that is taken, and says so', async () => {
    const ports = {
      isFree: (port: number) => Promise.resolve(port !== 3_000),
      free: () => Promise.resolve(29_999),
    };
    const { gatewayUrl, notices } = await wiring({ ports });
    expect(gatewayUrl).toBe('http://127.0.0.1:29999');
    expect(notices).toEqual(['port 3000 is taken: HTTP is on 29999']);
  });

  it('keeps a forced in-process bus from the Kafka that the environment names', async () => {
    const { gatewayEnvironment } = await wiring({ environment: { KAFKA_BROKERS: 'kafka:9092' } });
    expect(gatewayEnvironment['KAFKA_BROKERS']).toBeUndefined();
  });
});
