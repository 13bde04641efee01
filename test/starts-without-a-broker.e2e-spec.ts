import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, runCommand } from '@parley/provisioning';
import { GATEWAY_GRACE_MS, planInstallation } from './processes/installation.ts';
import type { Installation } from './processes/installation.ts';
import { sandboxMessages } from './processes/sandbox-messages.ts';
import { REPOSITORY } from './processes/service-process.ts';
import type { ServiceProcess } from './processes/service-process.ts';

const START_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 20_000;

describe('A gateway whose broker is away', () => {
  let installation: Installation;
  let gateway: ServiceProcess;

  beforeAll(async () => {
    installation = await planInstallation({ brokers: `127.0.0.1:${await freePort()}` });
    await installation.startSandbox();
    gateway = await installation.startGateway();
  }, START_TIMEOUT_MS);

  afterAll(() => installation.stop(), START_TIMEOUT_MS);

  it('is ready, and says that its bus is degraded', async () => {
    const response = await fetch(`${installation.gatewayUrl}/health/ready`, {
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      details: { bus: { status: 'degraded', kind: 'kafka', connected: false } },
    });
  });

  it(
    'sends what comes over gRPC',
    async () => {
      const { grpcAddress, sandboxUrl } = installation;
      const program = join(REPOSITORY, 'apps/cli/bin/parley.js');
      const message = ['--to', '+14155550120', '--text', 'no broker', '--id', 'no-broker'];
      const outcome = await runCommand(
        process.execPath,
        [program, 'send', '--grpc', grpcAddress, ...message],
        {
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        },
      );
      expect(outcome).toMatchObject({ exitCode: 0, output: expect.stringMatching(/ACCEPTED.*id=no-broker/) });
      expect(await sandboxMessages(sandboxUrl)).toMatchObject([{ body: 'no broker' }]);
    },
    REQUEST_TIMEOUT_MS + 1_000,
  );

  it(
    'answers 503 to callbacks, so that the provider tries them again',
    async () => {
      const { gatewayUrl, callbackToken } = installation;
      const response = await fetch(`${gatewayUrl}/callbacks/insider/default`, {
        method: 'POST',
        headers: { authorization: `Bearer ${callbackToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          messaging_product: 'whatsapp',
          contacts: [{ input: '+14155550120', wa_id: '14155550120' }],
          messages: [{ id: 'wamid.of-the-test' }],
          key: 'key-of-the-test',
        }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      expect(response.status).toBe(503);
    },
    REQUEST_TIMEOUT_MS + 1_000,
  );

  it(
    'exits 0 on SIGTERM, within its grace period',
    async () => {
      expect(await gateway.stop()).toEqual({ exitCode: 0, signal: null });
    },
    GATEWAY_GRACE_MS + 5_000,
  );
});
