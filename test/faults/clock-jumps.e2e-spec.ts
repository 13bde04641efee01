import { randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findLibfaketime } from '@parley/provisioning';
import { worstSecond } from '@parley/testing';
import { SHARED_REDIS_URL } from '../redis/shared-redis.ts';
import { atRate, sendUntilEnded } from './caller.ts';
import { NOTE_DEPARTURES, departuresOf } from './departures.ts';
import { FaultyProvider } from './faulty-provider.ts';
import { GatewayProcess } from './gateway-process.ts';
import { Ledger, NO_DISCREPANCIES } from './ledger.ts';
import { textOf } from './texts.ts';

const TEST_TIMEOUT_MS = 60_000;
const LIMIT_PER_SECOND = 10;
const TEXTS_PER_SECOND = 40;
const MESSAGES_PER_REQUEST = 5;
/** Sender's time after each jump: several seconds' windows. */
const BETWEEN_JUMPS_MS = 2_000;
/** Of the wall clock, from the real time. */
const JUMPS = ['+3600', '-3600', '+0'];

const library = findLibfaketime();
const describeWithLibrary = library === undefined ? describe.skip : describe;
const itWithRedis = SHARED_REDIS_URL === '' ? it.skip : it.concurrent;

describeWithLibrary('A gateway whose wall clock jumps by an hour (needs libfaketime)', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-faults-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.concurrent(
    'keeps the limit, and neither expires, loses nor repeats a message',
    () => jumps({ clockFile: join(folder, 'alone') }),
    TEST_TIMEOUT_MS,
  );

  itWithRedis(
    'does so with its state in Redis (needs REDIS_URL)',
    () =>
      jumps({
        clockFile: join(folder, 'redis'),
        account: `clock-${randomUUID()}`,
        redisUrl: SHARED_REDIS_URL,
      }),
    TEST_TIMEOUT_MS,
  );
});

async function jumps(options: {
  readonly clockFile: string;
  readonly account?: string;
  readonly redisUrl?: string;
}): Promise<void> {
  const { clockFile, account, redisUrl } = options;
  await jumpTo(clockFile, '+0');
  const provider = await FaultyProvider.listen();
  const gateway = await GatewayProcess.start({
    providerUrl: provider.url,
    nodeArgs: [NOTE_DEPARTURES],
    settings: {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_NO_CACHE: '1',
      // Both names: the older of the library's versions knows only the first.
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
      INSIDER_MAX_MESSAGES_PER_REQUEST: String(MESSAGES_PER_REQUEST),
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    },
    ...(account !== undefined && { account }),
  });
  const stop = new AbortController();
  try {
    const ledger = new Ledger();
    const signal = AbortSignal.timeout(TEST_TIMEOUT_MS);
    const load = atRate(TEXTS_PER_SECOND, stop.signal, () =>
      sendUntilEnded(textOf(), { ledger, signal, gateway: () => gateway }),
    );
    await sleep(BETWEEN_JUMPS_MS);
    const repeated = textOf();
    await sendUntilEnded(repeated, { ledger, signal, gateway: () => gateway });
    for (const jump of JUMPS) {
      await jumpTo(clockFile, jump);
      expect(await sendUntilEnded(repeated, { ledger, signal, gateway: () => gateway })).toMatchObject({
        outcome: 'ACCEPTED',
        duplicate: true,
      });
      await sleep(BETWEEN_JUMPS_MS);
      const offMs = (gateway.log.of('settled').at(-1)?.time ?? NaN) - Date.now();
      expect(Math.abs(offMs - Number(jump) * 1000)).toBeLessThan(BETWEEN_JUMPS_MS);
    }
    stop.abort();
    await load;

    expect(ledger.outcomes).toEqual({ ACCEPTED: ledger.ids.length });
    expect(ledger.compareWith(provider.arrivals)).toEqual(NO_DISCREPANCIES);
    const departures = departuresOf([gateway]);
    expect(departures).toHaveLength(provider.arrivals.length);
    expect(worstSecond(departures)).toBeLessThanOrEqual(LIMIT_PER_SECOND);
    const seconds = (BETWEEN_JUMPS_MS * (JUMPS.length + 1)) / 1000;
    expect(provider.arrivals.length).toBeGreaterThan(0.7 * LIMIT_PER_SECOND * seconds);
    for (const event of ['ambiguous', 'store-failed', 'permits-local']) {
      expect(gateway.log.of(event)).toEqual([]);
    }
  } finally {
    stop.abort();
    await gateway.stop();
    await provider.close();
  }
}

/** In one step, so that nobody reads half of it. */
async function jumpTo(clockFile: string, offset: string): Promise<void> {
  await writeFile(`${clockFile}.next`, offset);
  await rename(`${clockFile}.next`, clockFile);
}
