import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, runCommand } from '@parley/provisioning';
import { REPOSITORY, startService } from '../processes/service-process.ts';
import type { ServiceProcess } from '../processes/service-process.ts';

const CHART = join(REPOSITORY, 'deploy/helm/parley');
const TEST_TIMEOUT_MS = 40_000;

describe('A gateway that runs as the chart would run it', () => {
  let gateway: ServiceProcess;
  let httpUrl: string;
  let grpcUrl: string;

  beforeAll(async () => {
    const [httpPort, grpcPort] = [await freePort(), await freePort()];
    httpUrl = `http://127.0.0.1:${httpPort}`;
    grpcUrl = `http://127.0.0.1:${grpcPort}`;
    gateway = await startService({
      script: 'apps/gateway/dist/main.js',
      readyUrl: `${httpUrl}/health/ready`,
      graceMs: 1_000,
      environment: {
        NODE_ENV: 'production',
        AUTH: 'off',
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(httpPort),
        GRPC_URL: `127.0.0.1:${grpcPort}`,
        INSIDER_AUTH_KEY: 'INS.key',
        CALLBACK_TOKENS: 'token',
      },
    });
  }, TEST_TIMEOUT_MS);

  afterAll(async () => {
    await gateway.stop();
  });

  /** Runs the test as its pod does. */
  async function run(...args: readonly string[]): Promise<{ exitCode: number | null; lines: string[] }> {
    const script = await readFile(join(CHART, 'files/installation-test.mjs'), 'utf8');
    const outcome = await runCommand(
      process.execPath,
      ['--input-type=module', '--eval', script, '--', ...args],
      {
        signal: AbortSignal.timeout(TEST_TIMEOUT_MS),
      },
    );
    if (outcome.kind === 'not-found') throw new Error('no node');
    return { exitCode: outcome.exitCode, lines: outcome.output.trim().split('\n').sort() };
  }

  it('answers each of its probes', async () => {
    const template = await readFile(join(CHART, 'templates/_pod.tpl'), 'utf8');
    const paths = [...template.matchAll(/path: (\/health\/\S+)/g)].map(([, path]) => path);
    expect(paths).toHaveLength(3);
    for (const path of paths) expect((await fetch(`${httpUrl}${path}`)).status).toBe(200);
  });

  it('passes the chart’s test', async () => {
    const services = [
      `--health=${httpUrl}`,
      `--callbacks=${httpUrl}`,
      `--send=${httpUrl}`,
      `--grpc=${grpcUrl}`,
    ];
    const { exitCode, lines } = await run(...services);
    expect(lines).toEqual([
      `ok      callbacks ${httpUrl}: refuses a callback without a token`,
      `ok      grpc ${grpcUrl}: is SERVING`,
      expect.stringMatching(/^ok {6}health .*: 200 /),
      `ok      send ${httpUrl}: refuses an empty call`,
    ]);
    expect(exitCode).toBe(0);
  });

  it('does not pass it where Services lead elsewhere or nowhere, and the test says so', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const services = [`--health=${nowhere}`, `--callbacks=${httpUrl}/v1`, `--grpc=${httpUrl}`];
    const { exitCode, lines } = await run('--patience=2', ...services);
    expect(lines).toEqual([
      `NOT OK  callbacks ${httpUrl}/v1: a callback without a token is answered 404, not 401`,
      expect.stringMatching(/^NOT OK {2}grpc /),
      expect.stringMatching(/^NOT OK {2}health .*ECONNREFUSED/),
    ]);
    expect(exitCode).toBe(1);
  });
});
