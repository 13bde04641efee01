import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LeashedProcess, freePort } from '@parley/provisioning';
import { until } from '@parley/testing';
import { baseEnvironment } from './processes/base-environment.ts';
import { REPOSITORY } from './processes/service-process.ts';

const START_TIMEOUT_MS = 30_000;
const GRACE_MS = 15_000;
const TEST_TIMEOUT_MS = START_TIMEOUT_MS + GRACE_MS + 5_000;
/** Argument for Node: says when the process begins to take SIGTERM itself. */
const NOTE_SIGNALS = `--import=data:text/javascript,${encodeURIComponent(`
  process.on('newListener', (event) => {
    if (event === 'SIGTERM') process.stdout.write('takes SIGTERM\\n');
  });
`)}`;

describe('A gateway that is told to stop while it starts', () => {
  let gateway: LeashedProcess;
  let lines: string[];

  beforeEach(async () => {
    lines = [];
    gateway = new LeashedProcess({
      file: process.execPath,
      args: [NOTE_SIGNALS, join(REPOSITORY, 'apps/gateway/dist/main.js')],
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

  async function says(part: string): Promise<void> {
    await until(part, () => lines.some((line) => line.includes(part)), { timeoutMs: START_TIMEOUT_MS });
  }

  it.each([
    ['before it has loaded anything', 'takes SIGTERM'],
    ['before its listeners are up', '"msg":"starting"'],
  ])(
    'ends with 0 %s',
    async (_when, sign) => {
      await says(sign);
      const { exited } = gateway;
      await gateway.stop();
      expect(await exited).toEqual({ exitCode: 0, signal: null });
    },
    TEST_TIMEOUT_MS,
  );
});
