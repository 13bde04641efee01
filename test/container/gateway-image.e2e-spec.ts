import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@parley/provisioning';
import { GatewayClient } from '@parley/testing/gateway-client';
import type { CallEnd } from '@parley/testing/gateway-client';
import { sandboxMessages } from '../processes/sandbox-messages.ts';
import { docker, dockerOutput, publishedUrl, whyNoDocker } from './docker.ts';
import { imageConformance, serviceConformance } from './image-conformance.ts';
import {
  BUILD_TIMEOUT_MS,
  HARDENED,
  ImageUnderTest,
  TEST_TIMEOUT_MS,
  stopContainer,
  untilHealthy,
} from './image-under-test.ts';

/** Kubernetes’ own; Docker’s is shorter. */
const GRACE_S = 30;

const CALLS = 40;
const MESSAGES_PER_CALL = 50;
/** Requests of 100 messages: the load takes four seconds, and the whole of it is waiting when the gateway is told to end. */
const REQUESTS_PER_SECOND = 5;

const KEY = ['--env=INSIDER_AUTH_KEY=INS.local'];
const SETTINGS = [...KEY, '--env=AUTH=off', '--env=CALLBACK_TOKENS=token'];

const missing = await whyNoDocker();
const describeWithDocker = missing === undefined ? describe : describe.skip;
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

describeWithDocker(`The images of gateway and command (need Docker)${skipped}`, () => {
  const gateway = new ImageUnderTest('gateway');
  const sandbox = new ImageUnderTest('sandbox');
  const cli = new ImageUnderTest('cli');
  const network = `parley-test-${randomUUID()}`;

  beforeAll(async () => {
    await dockerOutput(['network', 'create', network]);
    for (const image of [sandbox, cli, gateway]) await image.build();
  }, BUILD_TIMEOUT_MS);

  afterAll(async () => {
    for (const image of [gateway, sandbox, cli]) await image.remove();
    await docker(['network', 'rm', network]);
  }, TEST_TIMEOUT_MS);

  /** A gateway and its provider, which find each other by name. */
  async function startPair(): Promise<{
    readonly gateway: string;
    readonly name: string;
    readonly sandboxUrl: string;
  }> {
    const id = randomUUID();
    const name = `gateway-${id}`;
    const provider = await sandbox.run(
      `--network=${network}`,
      `--network-alias=sandbox-${id}`,
      '--publish=4000',
      '--env=SANDBOX_AUTH_KEY=INS.local',
      '--env=SANDBOX_ENFORCE_WINDOW=false',
      `--env=SANDBOX_CALLBACK_URL=http://${name}:3000/callbacks/insider/default`,
      '--env=SANDBOX_CALLBACK_TOKEN=token',
    );
    const container = await gateway.run(
      `--network=${network}`,
      `--network-alias=${name}`,
      '--publish=50051',
      `--env=INSIDER_BASE_URL=http://sandbox-${id}:4000`,
      `--env=INSIDER_RATE_LIMIT_PER_SECOND=${REQUESTS_PER_SECOND}`,
      ...SETTINGS,
    );
    await Promise.all([provider, container].map(untilHealthy));
    return { gateway: container, name, sandboxUrl: await publishedUrl(provider, 4000) };
  }

  const command = (...args: readonly string[]): ReturnType<typeof docker> =>
    docker(['run', '--rm', ...HARDENED, `--network=${network}`, cli.tag, ...args]);

  describe('the gateway’s', () => {
    imageConformance(gateway, ['htmlparser2', 'oauth4webapi', 'commander']);
    serviceConformance(gateway, SETTINGS);

    it.each(['grpc', 'consumer', 'callbacks'])(
      'becomes healthy with the role %s alone',
      async (role) => {
        await untilHealthy(await gateway.run(...SETTINGS, `--env=ROLES=${role}`));
      },
      TEST_TIMEOUT_MS,
    );

    it(
      'says what is missing for production, which it is made for',
      async () => {
        const { exitCode, output } = await docker(['run', '--rm', ...HARDENED, ...KEY, gateway.tag]);
        expect(exitCode).toBe(1);
        expect(output).toContain('CALLERS_FILE');
        expect(output).toContain('CALLBACK_TOKENS');
      },
      TEST_TIMEOUT_MS,
    );

    it(
      'told to end under load, sends what waits, answers all calls and ends with exit code 0 within its grace',
      async () => {
        const { gateway: container, sandboxUrl } = await startPair();
        const client = new GatewayClient(new URL(await publishedUrl(container, 50_051)).host);
        try {
          await client.connect();
          const calls = Promise.all(Array.from({ length: CALLS }, (_, call) => client.send(messages(call))));
          await waitUntil(async () => (await sandboxMessages(sandboxUrl)).length > 0, {
            signal: AbortSignal.timeout(10_000),
            everyMs: 50,
          });
          const before = (await sandboxMessages(sandboxUrl)).length;
          expect(await stopContainer(container, GRACE_S)).toBe(0);

          const ends = await calls;
          expect(ends.filter((end) => end.kind === 'failed' && end.code !== 'UNAVAILABLE')).toEqual([]);
          const accepted = ends.flatMap(keysOf).sort();
          const received = (await sandboxMessages(sandboxUrl)).map(({ key }) => key).sort();
          expect(accepted).toEqual(received);
          expect(received.length).toBeGreaterThan(before);
        } finally {
          client.close();
        }
      },
      TEST_TIMEOUT_MS,
    );
  });

  describe('the command’s', () => {
    imageConformance(cli, ['fastify', 'ioredis', '@grpc/reflection']);

    it(
      'tells how it is used',
      async () => {
        const { exitCode, output } = await command('send', '--help');
        expect(output).toContain('Usage: parley send');
        expect(exitCode).toBe(0);
      },
      TEST_TIMEOUT_MS,
    );

    it(
      'sends a message through the gateway’s and sees it read',
      async () => {
        const { name, sandboxUrl } = await startPair();
        const to = ['--grpc', `${name}:50051`, '--to', '+15550001234'];
        const { exitCode, output } = await command('send', ...to, '--text', 'Hello', '--until', 'read');
        expect(output).toMatch(/^ACCEPTED /);
        expect(output).toMatch(/ READ /);
        expect(exitCode).toBe(0);
        expect(await sandboxMessages(sandboxUrl)).toMatchObject([
          { phoneNumber: '+15550001234', body: 'Hello' },
        ]);
      },
      TEST_TIMEOUT_MS,
    );
  });
});

function messages(call: number): Parameters<GatewayClient['send']>[0] {
  return Array.from({ length: MESSAGES_PER_CALL }, (_, index) => ({
    messageId: randomUUID(),
    phoneNumber: `+1555${String(call * MESSAGES_PER_CALL + index).padStart(7, '0')}`,
    text: { body: 'Hello' },
  }));
}

/** Of the messages that a call was told to be accepted. */
function keysOf(end: CallEnd): string[] {
  return end.kind === 'failed'
    ? []
    : end.results.filter((each) => each.outcome === 'ACCEPTED').map(({ key }) => key);
}
