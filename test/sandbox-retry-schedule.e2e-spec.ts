import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@parley/provisioning';
import { monotonicMs } from '@parley/testing';
import { latencyBoundMs } from './faults/machine-load.ts';
import { CallbackReceiver } from './sandbox/callback-receiver.ts';
import { SandboxProcess } from './sandbox/sandbox-process.ts';

/** As Insider's page has it: after the first attempt. */
const DOCUMENTED_MINUTES = [1, 2, 3, 8, 13, 18, 28, 38, 48, 60];
/** A minute in half a second, the hour in half a minute. `SANDBOX_TIME_SCALE=60` looks closer. */
const TIME_SCALE = Number(process.env['SANDBOX_TIME_SCALE'] ?? 120);
const TOLERANCE = 0.02;
/** Between the retries after 18 and 28 minutes: none is due while the sandbox is away. */
const RESTART_AFTER_RETRIES = 6;
const SETUP_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = scaledMs(60) + 30_000;

describe('Callbacks of the sandbox that are refused', () => {
  let results: readonly (readonly number[])[];

  // All at once, since they are mostly waiting.
  beforeAll(async () => {
    results = await Promise.all([
      retryOffsetsMs({ refusals: Infinity }),
      retryOffsetsMs({ refusals: 4 }),
      retryOffsetsMs({ refusals: Infinity, end: 'stop' }),
      retryOffsetsMs({ refusals: Infinity, end: 'kill' }),
    ]);
  }, RUN_TIMEOUT_MS + SETUP_TIMEOUT_MS);

  it('come again at the ten documented times, and then no more', () => {
    expectSchedule(results[0], DOCUMENTED_MINUTES);
  });

  it('come again until one is accepted', () => {
    expectSchedule(results[1], DOCUMENTED_MINUTES.slice(0, 4));
  });

  it('keep to their times, counted from the first attempt, over a restart', () => {
    expectSchedule(results[2], DOCUMENTED_MINUTES);
  });

  it('keep to their times over kill -9', () => {
    expectSchedule(results[3], DOCUMENTED_MINUTES);
  });
});

function expectSchedule(offsets: readonly number[] | undefined, minutes: readonly number[]): void {
  expect(offsets).toHaveLength(minutes.length);
  for (const [index, expected] of minutes.entries()) {
    const documentedMs = scaledMs(expected);
    const offMs = Math.abs((offsets?.[index] ?? Infinity) - documentedMs);
    expect(offMs).toBeLessThanOrEqual(latencyBoundMs(TOLERANCE * documentedMs));
  }
}

/**
 * Lets a user write, whose message the webhook refuses so many times, and looks until nothing more can come.
 *
 * @param options.end how the sandbox ends in the middle of the schedule, to be started again; not at all without
 * @returns when each retry arrived, from the first attempt
 */
async function retryOffsetsMs({
  refusals,
  end,
}: {
  readonly refusals: number;
  readonly end?: 'stop' | 'kill';
}): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-sandbox-'));
  const receiver = await CallbackReceiver.listen((post) => (post <= refusals ? 503 : 204));
  const sandbox = await SandboxProcess.start({
    SANDBOX_CALLBACK_URL: receiver.url,
    SANDBOX_CALLBACK_TOKEN: 'token',
    SANDBOX_TIME_SCALE: String(TIME_SCALE),
    SANDBOX_DATA_FOLDER: folder,
  });
  try {
    await sandbox.writeAsUser('hi');
    const signal = AbortSignal.timeout(RUN_TIMEOUT_MS);
    if (end !== undefined) {
      // Until it has been noted: what was posted and not noted is posted again after a kill.
      const isNoted = async (): Promise<boolean> => (await sandbox.attempts()) > RESTART_AFTER_RETRIES;
      await waitUntil(isNoted, { signal, everyMs: 50 });
      await sandbox[end]();
      await sandbox.start();
    }
    const firstMs = (): number => receiver.posts[0]?.atMs ?? Infinity;
    // A while after the last one, so that one too many would be seen.
    await waitUntil(() => Promise.resolve(monotonicMs() > firstMs() + scaledMs(63)), { signal, everyMs: 20 });
    return receiver.posts.slice(1).map(({ atMs }) => atMs - firstMs());
  } finally {
    await sandbox.stop();
    await receiver.close();
    await rm(folder, { recursive: true });
  }
}

function scaledMs(minutes: number): number {
  return (minutes * 60_000) / TIME_SCALE;
}
