import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedEndpoint } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { GatewayHealth } from './gateway-health.ts';

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
  gateway = await GatewayUnderTest.start({ provider });
});

afterEach(async () => {
  await provider.close();
  await gateway.stop();
});

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${gateway.url}/health/${path}`);
  return { status: response.status, body: await response.json() };
}

describe('GET /health', () => {
  it.each(['live', 'ready', 'startup'])('/%s is 200 when everything is well', async (path) => {
    expect(await get(path)).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('/ready says degraded, and stays 200, while the provider refuses an account', async () => {
    provider.follow(() => ({ status: 401 }));
    const message = { phoneNumber: '+15550001234', message: { type: 'text', text: { body: 'Hello' } } };
    await fetch(`${gateway.url}/v1/conversational/send`, {
      method: 'POST',
      body: JSON.stringify({ messages: [message] }),
    });
    expect(await get('ready')).toMatchObject({
      status: 200,
      body: { details: { 'account default': { status: 'degraded', reason: 'PROVIDER_UNAUTHORIZED' } } },
    });
  });

  it('/ready is 503 as soon as the process leaves, and the others are not', async () => {
    gateway.app.get(GatewayHealth).leave();
    expect(await get('ready')).toMatchObject({
      status: 503,
      body: { details: { gateway: { status: 'down' } } },
    });
    expect(await get('live')).toMatchObject({ status: 200 });
    expect(await get('startup')).toMatchObject({ status: 200 });
  });

  it('knows that the process leaves when it is stopped', async () => {
    const health = gateway.app.get(GatewayHealth);
    await gateway.stop();
    expect(health.serving()).toMatchObject({ gateway: { status: 'down', phase: 'leaving' } });
  });
});
