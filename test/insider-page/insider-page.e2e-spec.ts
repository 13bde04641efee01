import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CHECKS } from './checks/all.ts';
import type { Checks } from './checks/check.ts';
import { StartedGateway } from './gateway-target.ts';
import { StartedSandbox } from './sandbox-target.ts';
import { SENTENCES } from './sentences.ts';

const START_TIMEOUT_MS = 60_000;

const checksOf = (id: keyof typeof CHECKS): Checks => CHECKS[id];

describe('Insider’s page, sentence by sentence, on the sandbox:', () => {
  let sandbox: StartedSandbox;
  beforeAll(async () => {
    sandbox = await StartedSandbox.start();
  }, START_TIMEOUT_MS);
  afterAll(() => sandbox.stop(), START_TIMEOUT_MS);
  beforeEach(() => startAnew(sandbox));

  it.each(SENTENCES)('$id', ({ id }) => checksOf(id).sandbox(sandbox));
});

describe('Insider’s page, sentence by sentence, on the gateway’s own endpoint:', () => {
  let gateway: StartedGateway;
  beforeAll(async () => {
    gateway = await StartedGateway.start();
  }, START_TIMEOUT_MS);
  afterAll(() => gateway.stop(), START_TIMEOUT_MS);
  beforeEach(() => startAnew(gateway));

  const applying = SENTENCES.filter(({ gateway }) => gateway === 'same' || 'otherwise' in gateway);
  it.each(applying)('$id', ({ id }) => checksOf(id).gateway?.(gateway));
});

describe('Each sentence of Insider’s page', () => {
  it.each(SENTENCES)('has the checks that it says: $id', ({ id, gateway }) => {
    const checks = checksOf(id);
    if (gateway === 'same') expect(checks.gateway).toBe(checks.sandbox);
    else if ('otherwise' in gateway) expect(checks.gateway).not.toBe(checks.sandbox);
    expect(checks.gateway === undefined).toBe(gateway !== 'same' && 'no' in gateway);
  });

  it('is there once', () => {
    expect(new Set(SENTENCES.map(({ id }) => id)).size).toBe(SENTENCES.length);
    expect(Object.keys(CHECKS).toSorted()).toEqual(SENTENCES.map(({ id }) => id).toSorted());
  });
});

/** Nothing of the test before, and no limit but where a check is about it. */
async function startAnew({ provider }: StartedSandbox | StartedGateway): Promise<void> {
  await provider.reset();
  await provider.change({ rateLimitPerSecond: 0 });
}
