import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { monotonicMs, until, worstSecond } from '@parley/testing';
import { describeWithRedisServer, ownRedis } from '../redis/own-redis.ts';
import { atRate, sendUntilEnded } from './caller.ts';
import { NOTE_DEPARTURES, departuresOf } from './departures.ts';
import { FaultyProvider } from './faulty-provider.ts';
import { GatewayProcess } from './gateway-process.ts';
import { Ledger, NO_DISCREPANCIES } from './ledger.ts';
import { textOf } from './texts.ts';

const START_TIMEOUT_MS = 60_000;
const TEST_TIMEOUT_MS = 45_000;
const STEP_TIMEOUT_MS = 20_000;
const LIMIT_PER_SECOND = 10;
/** More than the limit lets through one by one, so that both always have something to send. */
const TEXTS_PER_SECOND = 60;

describeWithRedisServer('Two gateways whose Redis is in trouble (needs redis-server)', twoGateways);

function twoGateways(): void {
  const redis = ownRedis();
  let provider: FaultyProvider;
  let gateways: readonly GatewayProcess[];

  beforeAll(async () => {
    provider = await FaultyProvider.listen();
    const setup = {
      providerUrl: provider.url,
      nodeArgs: [NOTE_DEPARTURES],
      settings: { REDIS_URL: redis().url, INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND) },
    };
    gateways = await Promise.all([GatewayProcess.start(setup), GatewayProcess.start(setup)]);
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await provider.close();
  }, START_TIMEOUT_MS);

  it.each([
    {
      trouble: 'is killed and comes back',
      begin: () => redis().server.kill(),
      end: () => redis().server.start(),
    },
    {
      trouble: 'holds its connections and says nothing, and comes back',
      begin: () => {
        redis().server.pause();
        return Promise.resolve();
      },
      end: () => {
        redis().server.resume();
        return Promise.resolve();
      },
    },
  ])(
    'send on, each within its share, when it $trouble, and share the limit again',
    async ({ begin, end }) => {
      const storeFailures = times('store-failed');
      let localFromMs = NaN;
      let localUntilMs = NaN;
      const ledger = await whileSending(async () => {
        const before = times('permits-shared');
        await begin();
        await untilAll('pace themselves', 'permits-local', times('permits-local'));
        localFromMs = monotonicMs();
        const left = provider.arrivals.length;
        // For so long that their share of a whole second shows.
        await until(
          'requests leave without it',
          () => provider.arrivals.length > left + 2 * LIMIT_PER_SECOND,
          {
            timeoutMs: STEP_TIMEOUT_MS,
          },
        );
        localUntilMs = monotonicMs();
        await end();
        await untilAll('share the limit again', 'permits-shared', before);
      });
      for (const [index, failures] of times('store-failed').entries()) {
        expect(failures).toBeGreaterThan(storeFailures[index] ?? NaN);
      }
      for (const gateway of gateways) {
        const moments = departuresOf([gateway]).filter((atMs) => atMs >= localFromMs && atMs < localUntilMs);
        expect(moments.length).toBeGreaterThan(LIMIT_PER_SECOND / gateways.length);
        expect(worstSecond(moments)).toBeLessThanOrEqual(LIMIT_PER_SECOND / gateways.length);
      }
      expectAllInOrder(ledger);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keep the limit, and every message, when it forgets everything',
    async () => {
      const ledger = await whileSending(async () => {
        for (let flushes = 0; flushes < 3; flushes += 1) {
          const left = provider.arrivals.length;
          await flush(redis().url);
          await until('requests leave', () => provider.arrivals.length > left + LIMIT_PER_SECOND, {
            timeoutMs: STEP_TIMEOUT_MS,
          });
        }
      });
      expectAllInOrder(ledger);
    },
    TEST_TIMEOUT_MS,
  );

  /** Keeps both sending while something happens. Resolves once every message has its outcome. */
  async function whileSending(happens: () => Promise<void>): Promise<Ledger> {
    const ledger = new Ledger();
    const stop = new AbortController();
    const from = provider.arrivals.length;
    const stream = atRate(TEXTS_PER_SECOND, stop.signal, (index) =>
      sendUntilEnded(textOf(), {
        ledger,
        signal: AbortSignal.timeout(TEST_TIMEOUT_MS),
        gateway: () => gatewayOf(index),
      }),
    );
    try {
      await until('both send', () => provider.arrivals.length > from + LIMIT_PER_SECOND);
      await happens();
    } finally {
      stop.abort();
    }
    await stream;
    return ledger;
  }

  function expectAllInOrder(ledger: Ledger): void {
    expect(ledger.outcomes).toEqual({ ACCEPTED: ledger.ids.length });
    const ofThis = new Set(ledger.ids);
    const arrivals = provider.arrivals.filter(({ ids }) => ids.some((id) => ofThis.has(id)));
    expect(ledger.compareWith(arrivals)).toEqual(NO_DISCREPANCIES);
    const departures = departuresOf(gateways);
    expect(departures).toHaveLength(provider.arrivals.length);
    expect(worstSecond(departures)).toBeLessThanOrEqual(LIMIT_PER_SECOND);
  }

  /** How often each gateway has said so. */
  function times(event: string): readonly number[] {
    return gateways.map(({ log }) => log.of(event).length);
  }

  async function untilAll(what: string, event: string, before: readonly number[]): Promise<void> {
    const said = (): boolean => times(event).every((count, index) => count > (before[index] ?? 0));
    await until(`all ${what}`, said, { timeoutMs: STEP_TIMEOUT_MS });
  }

  function gatewayOf(index: number): GatewayProcess {
    const gateway = gateways[index % gateways.length];
    if (!gateway) throw new Error('not started');
    return gateway;
  }
}

async function flush(redisUrl: string): Promise<void> {
  const { hostname, port } = new URL(redisUrl);
  const socket = connect(Number(port), hostname);
  socket.write('FLUSHALL\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  if (!answer.toString().startsWith('+OK')) throw new Error('Redis did not flush');
}
