import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@parley/provisioning';
import { monotonicMs } from '@parley/testing';
import { latenessBoundMs } from './machine/latency-bound.ts';
import { CallbackReceiver } from './sandbox/callback-receiver.ts';
import { SandboxProcess } from './sandbox/sandbox-process.ts';

/** As Insider's page has it: after the first attempt. */
const DOCUMENTED_MINUTES = [1, 2, 3, 8, 13, 18, 28, 38, 48, 60];
/** A minute in a second, the hour in a minute. */
const TIME_SCALE = 60;
const TOLERANCE = 0.02;
/** Between the retries after 18 and 28 minutes: none is due while the sandbox is away. */
const RESTART_AFTER_RETRIES = 6;
const SETUP_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = scaledMs(60) + 30_000;

const FOR_EVER: Case = { refusals: Infinity };
const CASES: readonly Case[] = [
  FOR_EVER,
  { refusals: 4 },
  { ...FOR_EVER, end: 'stop' },
  { ...FOR_EVER, end: 'kill' },
];

describe('Callbacks of the sandbox that are refused', () => {
  let pairs: readonly Pair[] = [];
  let results: readonly Retries[];

  // All at once, since they are mostly waiting; and only once all are up, since that they are not.
  beforeAll(async () => {
    pairs = await Promise.all(CASES.map(startPair));
    results = await Promise.all(pairs.map((pair, index) => retriesOf(pair, CASES[index] ?? FOR_EVER)));
  }, SETUP_TIMEOUT_MS + RUN_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all(pairs.map(stopPair));
  }, SETUP_TIMEOUT_MS);

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

/** Each on time, but for what the machine made a timer wait at that moment. */
function expectSchedule(retries: Retries | undefined, minutes: readonly number[]): void {
  const { firstMs, offsetsMs } = retries ?? NONE;
  expect(offsetsMs).toHaveLength(minutes.length);
  for (const [index, offsetMs] of offsetsMs.entries()) {
    const documentedMs = scaledMs(minutes[index] ?? 0);
    const lateMs = Math.abs(offsetMs - documentedMs);
    const boundMs = latenessBoundMs(TOLERANCE * documentedMs, { lateMs, atMs: firstMs + offsetMs });
    expect(lateMs).toBeLessThanOrEqual(boundMs);
  }
}

/** When the first attempt of a callback arrived, on the monotonic clock, and each other one after it. */
interface Retries {
  readonly firstMs: number;
  readonly offsetsMs: readonly number[];
}

const NONE: Retries = { firstMs: NaN, offsetsMs: [] };

interface Case {
  /** Posts of the callback that are refused before one is accepted. */
  readonly refusals: number;
  /** How the sandbox ends in the middle of the schedule, to be started again; not at all without. */
  readonly end?: 'stop' | 'kill';
}

/** A sandbox and its webhook, warm: the first post of a process takes longer than the others. */
interface Pair {
  readonly sandbox: SandboxProcess;
  readonly receiver: CallbackReceiver;
  readonly folder: string;
}

async function startPair({ refusals }: Case): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-sandbox-'));
  const receiver = await CallbackReceiver.listen((post) => (post > 1 && post <= refusals + 1 ? 503 : 204));
  const sandbox = await SandboxProcess.start({
    SANDBOX_CALLBACK_URL: receiver.url,
    SANDBOX_CALLBACK_TOKEN: 'token',
    SANDBOX_TIME_SCALE: String(TIME_SCALE),
    SANDBOX_DATA_FOLDER: folder,
  });
  await sandbox.writeAsUser('warm up');
  const signal = AbortSignal.timeout(SETUP_TIMEOUT_MS);
  await waitUntil(async () => (await sandbox.attempts()) === 1, { signal, everyMs: 20 });
  return { sandbox, receiver, folder };
}

/** Lets a user write, whose message the webhook refuses, and looks until nothing more can come. */
async function retriesOf({ sandbox, receiver }: Pair, { end }: Case): Promise<Retries> {
  const signal = AbortSignal.timeout(RUN_TIMEOUT_MS);
  await sandbox.writeAsUser('hi');
  if (end !== undefined) {
    // Until it has been noted: what was posted and not noted is posted again after a kill.
    const isNoted = async (): Promise<boolean> => (await sandbox.attempts()) > RESTART_AFTER_RETRIES + 1;
    await waitUntil(isNoted, { signal, everyMs: 50 });
    await sandbox[end]();
    await sandbox.start();
  }
  const firstMs = (): number => receiver.posts[1]?.atMs ?? Infinity;
  // A while after the last one, so that one too many would be seen.
  await waitUntil(() => Promise.resolve(monotonicMs() > firstMs() + scaledMs(63)), { signal, everyMs: 20 });
  return { firstMs: firstMs(), offsetsMs: receiver.posts.slice(2).map(({ atMs }) => atMs - firstMs()) };
}

async function stopPair({ sandbox, receiver, folder }: Pair): Promise<void> {
  await sandbox.stop();
  await receiver.close();
  await rm(folder, { recursive: true });
}

function scaledMs(minutes: number): number {
  return (minutes * 60_000) / TIME_SCALE;
}
