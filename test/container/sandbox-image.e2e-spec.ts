import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@parley/provisioning';
import { REPOSITORY } from '../processes/service-process.ts';
import { docker, dockerOutput, publishedUrl, whyNoDocker } from './docker.ts';

const BUILD_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 90_000;
const READY_TIMEOUT_MS = 60_000;
const GRACE_S = 5;

const AUTH_KEY = 'INS.canary-5b1f';
const HARDENED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--tmpfs=/tmp'];

const missing = await whyNoDocker();
const describeWithDocker = missing === undefined ? describe : describe.skip;
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

describeWithDocker(`The sandbox’s image (needs Docker)${skipped}`, () => {
  const tag = `parley-sandbox-test:${randomUUID()}`;
  const containers: string[] = [];

  beforeAll(async () => {
    await dockerOutput(['build', '--target=sandbox', `--tag=${tag}`, REPOSITORY], BUILD_TIMEOUT_MS);
  }, BUILD_TIMEOUT_MS);

  afterAll(async () => {
    if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
    await docker(['image', 'rm', '--force', tag]);
  }, TEST_TIMEOUT_MS);

  /** Starts a container that may do no more than it must, and resolves with its name. */
  async function run(...options: readonly string[]): Promise<string> {
    const name = `parley-sandbox-test-${randomUUID()}`;
    containers.push(name);
    const published = ['--publish=4000', `--env=SANDBOX_AUTH_KEY=${AUTH_KEY}`];
    await dockerOutput(['run', '--detach', `--name=${name}`, ...HARDENED, ...published, ...options, tag]);
    return name;
  }

  async function healthy(container: string): Promise<void> {
    const health = ['inspect', '--format={{.State.Health.Status}}', container];
    await waitUntil(async () => (await dockerOutput(health)) === 'healthy', {
      signal: AbortSignal.timeout(READY_TIMEOUT_MS),
      everyMs: 250,
    });
  }

  const send = (url: string): Promise<Response> =>
    fetch(`${url}/v1/conversational/send`, {
      method: 'POST',
      headers: { 'X-INS-AUTH-KEY': AUTH_KEY, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        messages: [{ phoneNumber: '+15550001234', message: { type: 'text', text: { body: 'Hello' } } }],
      }),
    });

  const inside = (container: string, ...command: readonly string[]): Promise<string> =>
    dockerOutput(['exec', container, ...command]);

  it(
    'becomes healthy and takes a message, without root, capabilities or a folder to write to',
    async () => {
      const container = await run();
      await healthy(container);
      const url = await publishedUrl(container, 4000);
      const answer = await send(url);
      expect(await answer.json()).toEqual({ keys: [expect.stringMatching(/^whatsapp-/)] });
      expect(await inside(container, 'id', '-u')).toBe('1000');
      const write = await docker(['exec', container, 'touch', '/app/apps/sandbox/dist/main.js']);
      expect(write.exitCode).not.toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'serves the phone page',
    async () => {
      const container = await run();
      await healthy(container);
      const page = await fetch(await publishedUrl(container, 4000));
      expect(page.headers.get('content-type')).toMatch(/^text\/html/);
      expect(await page.text()).toMatch(/src="\/[^"]+\.js"/);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keeps what it received over a restart, when told to keep it in its volume',
    async () => {
      const container = await run('--env=SANDBOX_DATA_FOLDER=/data');
      await healthy(container);
      const answer = (await (await send(await publishedUrl(container, 4000))).json()) as { keys: string[] };
      await dockerOutput(['restart', `--time=${GRACE_S}`, container]);
      await healthy(container);
      const received = await fetch(`${await publishedUrl(container, 4000)}/sandbox/messages`);
      expect(JSON.stringify(await received.json())).toContain(answer.keys[0]);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'ends with exit code 0 on SIGTERM, well within the grace period',
    async () => {
      const container = await run();
      await healthy(container);
      await dockerOutput(['stop', `--time=${GRACE_S}`, container]);
      expect(await dockerOutput(['inspect', '--format={{.State.ExitCode}}', container])).toBe('0');
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'says what is missing when it is started without a key',
    async () => {
      const { exitCode, output } = await docker(['run', '--rm', ...HARDENED, tag]);
      expect(exitCode).toBe(1);
      expect(output).toContain('SANDBOX_AUTH_KEY is required');
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'gives nobody but root the right to change a file of it, whatever the container allows',
    async () => {
      const find = ['run', '--rm', '--entrypoint=find', tag];
      expect(await dockerOutput([...find, '/app', '!', '-type', 'l', '-writable'])).toBe('');
      expect(await dockerOutput([...find, '/app', '!', '-user', 'root'])).toBe('');
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'holds what the sandbox runs on, and no sources, tools, development dependencies or other parts',
    async () => {
      const list = async (...folders: readonly string[]): Promise<string[]> =>
        (await dockerOutput(['run', '--rm', '--entrypoint=ls', tag, '-A', ...folders])).split('\n');
      expect(await list('/app')).toEqual([
        'LICENSE',
        'apps',
        'libs',
        'node_modules',
        'package-lock.json',
        'package.json',
      ]);
      expect(await list('/app/apps')).toEqual(['sandbox']);
      expect(await list('/app/apps/sandbox')).toEqual(['dist', 'package.json']);
      expect(await list('/app/libs')).toEqual(['insider', 'settings']);
      expect(await list('/app/libs/insider')).toEqual(['dist', 'package.json']);

      const { devDependencies } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as {
        devDependencies: Record<string, string>;
      };
      const installed = new Set(await list('/app/node_modules'));
      // What a production dependency asks for too.
      const shared = ['ajv', 'ajv-formats'];
      const left = Object.keys(devDependencies).filter((name) => installed.has(name));
      expect(left.filter((name) => !shared.includes(name))).toEqual([]);
      for (const name of ['kafkajs', 'ioredis', '@grpc', 'jest', 'typescript', 'vite', 'npm']) {
        expect(installed).not.toContain(name);
      }
      const written = ['run', '--rm', '--entrypoint=find', tag, '/app/apps', '/app/libs', '-name', '*.ts'];
      expect(await dockerOutput(written)).toBe('');
    },
    TEST_TIMEOUT_MS,
  );
});
