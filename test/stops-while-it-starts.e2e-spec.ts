import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LeashedProcess, freePort } from '@parley/provisioning';
import { until } from '@parley/testing';
import { baseEnvironment } from './processes/base-environment.ts';
import { REPOSITORY } from './processes/service-process.ts';

const START_TIMEOUT_MS = 30_000;
const GRACE_MS = 15_000;
const TEST_TIMEOUT_MS = START_TIMEOUT_MS + GRACE_MS + 5_000;
/** Signal 15 in the mask of those that a process takes itself. */
const TAKES_SIGTERM = 1n << 14n;

const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('A gateway that is told to stop while it starts (needs Linux)', () => {
  let gateway: LeashedProcess;
  let lines: string[];

  beforeEach(async () => {
    lines = [];
    gateway = new LeashedProcess({
      file: process.execPath,
      args: [join(REPOSITORY, 'apps/gateway/dist/main.js')],
      env: {
        ...baseEnvironment(),
        GRPC_URL: `127.0.0.1:${await freePort()}`,
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: '0',
        INSIDER_AUTH_KEY: 'INS.key-of-the-test',
      },
      graceMs: GRACE_MS,
      onLine: (line) => lines.push(line),
    });
    await gateway.start();
  });

  afterEach(() => gateway.release());

  function takesSigterm(): boolean {
    const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
    const [, mask = '0'] = /SigCgt:\s+([0-9a-f]+)/.exec(status) ?? [];
    return (BigInt(`0x${mask}`) & TAKES_SIGTERM) !== 0n;
  }

  it(
    'ends with 0 before it has loaded anything',
    async () => {
      await until('it takes signals', takesSigterm, { timeoutMs: START_TIMEOUT_MS });
      const { exited } = gateway;
      await gateway.stop();
      expect(await exited).toEqual({ exitCode: 0, signal: null });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'ends with 0 before its listeners are up',
    async () => {
      const has = (msg: string): boolean => lines.some((line) => line.includes(`"msg":"${msg}"`));
      await until('it begins to start', () => has('starting'), { timeoutMs: START_TIMEOUT_MS });
      const { exited } = gateway;
      await gateway.stop();
      expect(await exited).toEqual({ exitCode: 0, signal: null });
      expect(has('stopped')).toBe(true);
    },
    TEST_TIMEOUT_MS,
  );
});
