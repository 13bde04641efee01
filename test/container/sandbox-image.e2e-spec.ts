import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

const GRACE_S = 5;

const AUTH_KEY = 'INS.canary-5b1f';
const SETTINGS = ['--publish=4000', `--env=SANDBOX_AUTH_KEY=${AUTH_KEY}`];

const missing = await whyNoDocker();
const describeWithDocker = missing === undefined ? describe : describe.skip;
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

describeWithDocker(`The sandbox’s image (needs Docker)${skipped}`, () => {
  const image = new ImageUnderTest('sandbox');
  beforeAll(() => image.build(), BUILD_TIMEOUT_MS);
  afterAll(() => image.remove(), TEST_TIMEOUT_MS);

  imageConformance(image, ['kafkajs', 'ioredis', '@grpc/grpc-js']);
  serviceConformance(image, SETTINGS);

  const send = (url: string): Promise<Response> =>
    fetch(`${url}/v1/conversational/send`, {
      method: 'POST',
      headers: { 'X-INS-AUTH-KEY': AUTH_KEY, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        messages: [{ phoneNumber: '+15550001234', message: { type: 'text', text: { body: 'Hello' } } }],
      }),
    });

  it(
    'becomes healthy, takes a message and serves the phone page',
    async () => {
      const container = await image.run(...SETTINGS);
      await untilHealthy(container);
      const url = await publishedUrl(container, 4000);
      const answer = await send(url);
      expect(await answer.json()).toEqual({ keys: [expect.stringMatching(/^whatsapp-/)] });
      const page = await fetch(url);
      expect(page.headers.get('content-type')).toMatch(/^text\/html/);
      expect(await page.text()).toMatch(/src="\/[^"]+\.js"/);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keeps what it received over a restart, when told to keep it in its volume',
    async () => {
      const container = await image.run(...SETTINGS, '--env=SANDBOX_DATA_FOLDER=/data');
      await untilHealthy(container);
      const answer = (await (await send(await publishedUrl(container, 4000))).json()) as { keys: string[] };
      await dockerOutput(['restart', `--time=${GRACE_S}`, container]);
      await untilHealthy(container);
      const received = await fetch(`${await publishedUrl(container, 4000)}/sandbox/messages`);
      expect(JSON.stringify(await received.json())).toContain(answer.keys[0]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'ends with exit code 0 on SIGTERM, well within the grace period',
    async () => {
      const container = await image.run(...SETTINGS);
      await untilHealthy(container);
      expect(await stopContainer(container, GRACE_S)).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'says what is missing when it is started without a key',
    async () => {
      const { exitCode, output } = await docker(['run', '--rm', ...HARDENED, image.tag]);
      expect(exitCode).toBe(1);
      expect(output).toContain('SANDBOX_AUTH_KEY is required');
    },
    TEST_TIMEOUT_MS,
  );
});
