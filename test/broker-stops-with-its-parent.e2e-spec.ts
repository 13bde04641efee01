import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@parley/provisioning';

const START_TIMEOUT_MS = 60_000;
const GONE_TIMEOUT_MS = 10_000;

// The class path is known only where Java and Maven provide Kafka.
const describeWithMaven = process.env['PARLEY_KAFKA_CLASSPATH'] ? describe : describe.skip;

describeWithMaven('Kafka through Maven', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-test-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'leaves neither process nor folder behind when its parent is killed with SIGKILL',
    async () => {
      const parent = fork(join(import.meta.dirname, 'broker-holder.ts'), {
        env: { ...process.env, KAFKA_BROKERS: '', TMPDIR: folder },
        execArgv: ['--conditions=@parley/source', '--disable-warning=TimeoutNegativeWarning'],
        signal: AbortSignal.timeout(START_TIMEOUT_MS),
      });
      const [broker] = (await once(parent, 'message')) as [{ pid: number }];
      expect(isAlive(broker.pid)).toBe(true);
      expect(await readdir(folder)).not.toEqual([]);

      parent.kill('SIGKILL');

      const signal = AbortSignal.timeout(GONE_TIMEOUT_MS);
      await waitUntil(() => Promise.resolve(!isAlive(broker.pid)), { signal, everyMs: 50 });
      await waitUntil(async () => (await readdir(folder)).length === 0, { signal, everyMs: 50 });
    },
    START_TIMEOUT_MS + GONE_TIMEOUT_MS,
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
