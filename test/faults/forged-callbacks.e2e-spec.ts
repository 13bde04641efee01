import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { monotonicMs, percentile } from '@parley/testing';
import { CallbackTokens } from '../../apps/gateway/src/callbacks/callback-tokens.ts';
import { SHARED_KAFKA_BROKERS, describeWithKafka } from '../kafka/shared-kafka.ts';
import { SHARED_REDIS_URL, describeWithRedis } from '../redis/shared-redis.ts';
import { postCallback } from './callbacks/callback-poster.ts';
import { ForgedFlood } from './callbacks/forged-flood.ts';
import type { FloodAnswers } from './callbacks/forged-flood.ts';
import { Replicas } from './callbacks/replicas.ts';
import { bodyOf } from './callbacks/status-callback.ts';
import { sameTimeProbability } from './callbacks/timing.ts';
import { topicLength } from './callbacks/topic-records.ts';
import { atRate } from './caller.ts';
import { latencyBoundMs } from '../machine/latency-bound.ts';

const START_TIMEOUT_MS = 120_000;
const TEST_TIMEOUT_MS = 60_000;
const FLOOD_PER_SECOND = 10_000;
const FLOOD_CONNECTIONS = 64;
const FLOOD_MS = 10_000;
const REAL_PER_SECOND = 50;
/** What counts is the middle one of these: in others somebody else may have had the processors. */
const WINDOW_MS = 2_000;
const REAL_P99_MS = 200;
/** Fewer would be no flood, on a machine that is otherwise idle. */
const LEAST_FORGED_PER_SECOND = 3_000;

const describeWithBoth = describeWithKafka === describe ? describeWithRedis : describe.skip;

describeWithBoth('A gateway’s callbacks (needs KAFKA_BROKERS, REDIS_URL)', authentic);

function authentic(): void {
  const [expiredToken, token] = [randomUUID(), randomUUID()];
  let folder: string;
  let replicas: Replicas;
  let url: string;
  let answeredBefore: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-tokens-'));
    const tokensFile = join(folder, 'tokens');
    await writeFile(tokensFile, `${expiredToken},${token}`);
    const services = { brokers: SHARED_KAFKA_BROKERS, redisUrl: SHARED_REDIS_URL };
    replicas = await Replicas.start({ ...services, count: 1, tokensFile });
    const [gateway] = replicas.gateways;
    url = gateway?.callbacksUrl ?? '';
    answeredBefore = await send('POST', { headers: ['authorization', `Bearer ${expiredToken}`] });
    await gateway?.kill();
    await writeFile(tokensFile, token);
    await gateway?.start();
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await replicas.stop();
    await rm(folder, { recursive: true });
  }, START_TIMEOUT_MS);

  it('are taken with the old token of a rotation, as long as it is configured', async () => {
    expect(answeredBefore).toBe(200);
    expect(await produced()).toBe(1);
  });

  describe('take nothing from who', () => {
    it.each<[string, () => Attack]>([
      ['shows no token', () => ({ headers: [] })],
      ['shows an empty one', () => ({ headers: ['authorization', 'Bearer '] })],
      ['guesses', () => ({ headers: ['authorization', `Bearer ${randomUUID()}`] })],
      [
        'knows one that is no longer accepted',
        () => ({ headers: ['authorization', `Bearer ${expiredToken}`] }),
      ],
      ['knows the beginning', () => ({ headers: ['authorization', `Bearer ${token.slice(0, -1)}`] })],
      ['adds to it', () => ({ headers: ['authorization', `Bearer ${token}, Bearer x`] })],
      ['leaves the scheme out', () => ({ headers: ['authorization', token] })],
      [
        'puts it into the query',
        () => ({ headers: [], query: `?token=${token}&authorization=Bearer%20${token}` }),
      ],
      ['puts it into another header', () => ({ headers: ['x-api-key', token, 'cookie', `token=${token}`] })],
      ['shows two, the right one last', () => ({ headers: twoTokens(randomUUID(), token) })],
      ['shows two, the right one first', () => ({ headers: twoTokens(token, randomUUID()) })],
    ])('%s: 401', async (_who, attack) => {
      const before = await produced();
      expect(await send('POST', attack())).toBe(401);
      expect(await produced()).toBe(before);
    });
  });

  it.each(['GET', 'HEAD'])(
    'answer 200 to %s with the token, which registers them, and tell nothing',
    async (method) => {
      const before = await produced();
      expect(await send(method, { headers: ['authorization', `Bearer ${token}`] })).toBe(200);
      expect(await send(method, { headers: [] })).toBe(401);
      expect(await produced()).toBe(before);
    },
  );

  it.each(['PUT', 'PATCH', 'DELETE'])('are not taken by %s, token or not', async (method) => {
    const before = await produced();
    expect(await send(method, { headers: ['authorization', `Bearer ${token}`] })).toBe(405);
    expect(await send(method, { headers: [] })).toBe(401);
    expect(await produced()).toBe(before);
  });

  it('answer 200 to a real one that is played again, and tell it once', async () => {
    const before = await produced();
    const body = bodyOf({ key: `whatsapp-${randomUUID()}`, status: 'sent', phoneNumber: '+14155550103' });
    for (let time = 0; time < 5; time += 1) expect(await postCallback(url, { body, token })).toBe(200);
    expect(await produced()).toBe(before + 1);
  });

  it(
    'are taken in good time while somebody floods them with guesses, of which nothing gets through',
    async () => {
      const keys = (await replicas.sendTexts((REAL_PER_SECOND * FLOOD_MS) / 1_000, 1)).values();
      const before = await produced();
      const answered: { atMs: number; durationMs: number }[] = [];
      const statuses = new Set<number>();
      const forged = bodyOf({ key: 'whatsapp-forged', status: 'read', phoneNumber: '+14155550104' });
      const tokens = ['', randomUUID(), `${token.slice(0, -1)}~`];
      const flood = new ForgedFlood({
        url,
        tokens,
        body: forged,
        perSecond: FLOOD_PER_SECOND,
        connections: FLOOD_CONNECTIONS,
      });
      const beganAtMs = monotonicMs();
      let answers: FloodAnswers;
      let floodS: number;
      try {
        await atRate(REAL_PER_SECOND, AbortSignal.timeout(FLOOD_MS), async () => {
          const { value: text } = keys.next();
          if (!text) return;
          const atMs = monotonicMs();
          statuses.add(await postCallback(url, { body: bodyOf({ ...text, status: 'sent' }), token }));
          answered.push({ atMs, durationMs: monotonicMs() - atMs });
        });
      } finally {
        floodS = (monotonicMs() - beganAtMs) / 1_000;
        answers = await flood.stop();
      }
      const windows = Array.from({ length: Math.floor(FLOOD_MS / WINDOW_MS) }, (_, index) => {
        const fromMs = beganAtMs + index * WINDOW_MS;
        const inWindow = answered.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + WINDOW_MS);
        return percentile(
          inWindow.map(({ durationMs }) => durationMs),
          0.99,
        );
      });
      const forgedPerSecond = (answers['401'] ?? 0) / floodS;
      process.stdout.write(
        `${JSON.stringify({ forgedPerSecond: Math.round(forgedPerSecond), answers, real: answered.length, p99Ms: windows.map(Math.round) })}\n`,
      );
      const boundMs = latencyBoundMs(REAL_P99_MS);
      expect(forgedPerSecond).toBeGreaterThan(LEAST_FORGED_PER_SECOND * (REAL_P99_MS / boundMs));
      expect(Object.keys(answers)).toEqual(['401']);
      expect(statuses).toEqual(new Set([200]));
      expect(await produced()).toBe(before + answered.length);
      expect(percentile(windows, 0.5)).toBeLessThan(boundMs);
    },
    TEST_TIMEOUT_MS,
  );

  /** Records on all topics that callbacks lead to. */
  async function produced(): Promise<number> {
    const { status, inbound, quarantine } = replicas.topics;
    const lengths = await Promise.all(
      [status, inbound, quarantine].map((topic) => topicLength(SHARED_KAFKA_BROKERS, topic)),
    );
    return lengths.reduce((sum, length) => sum + length, 0);
  }

  /** A callback, by any method. @returns the status of the answer */
  async function send(method: string, { headers, query = '' }: Attack): Promise<number> {
    const body = bodyOf({ key: `whatsapp-${randomUUID()}`, status: 'read', phoneNumber: '+14155550105' });
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const about = hasBody ? ['content-type', 'application/json', 'content-length', String(body.length)] : [];
    const { host } = new URL(url);
    // Pairs, so that a name may come twice.
    const outgoing = request(`${url}${query}`, { method, headers: ['host', host, ...about, ...headers] });
    outgoing.end(hasBody ? body : undefined);
    const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
    response.resume();
    return response.statusCode;
  }
}

interface Attack {
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly query?: string;
}

function twoTokens(first: string, second: string): string[] {
  return ['authorization', `Bearer ${first}`, 'authorization', `Bearer ${second}`];
}

describe('The comparison of tokens', () => {
  const EACH = 10_000;
  /** One run in a hundred looks suspicious by chance; that three do, one set of runs in a million. */
  const RUNS = 3;
  const token = 'T'.repeat(64);
  const early = `X${token.slice(1)}`;
  const late = `${token.slice(0, -1)}X`;

  function probabilityOf(compare: (given: string) => boolean): number {
    const acts = [() => compare(early), () => compare(late)] as const;
    const runs = Array.from({ length: RUNS }, (_, seed) => sameTimeProbability(acts, { each: EACH, seed }));
    return Math.max(...runs);
  }

  it('takes as long for a wrong first character as for a wrong last one', () => {
    const tokens = new CallbackTokens({ headerName: 'authorization', accepted: [token] });
    const compare = (given: string): boolean =>
      tokens.presentedBy({ rawHeaders: ['authorization', `Bearer ${given}`] });
    expect(probabilityOf(compare)).toBeGreaterThan(0.01);
  });

  it('would be found out if it stopped at the first difference', () => {
    const compare = (given: string): boolean => {
      for (let at = 0; at < token.length; at += 1) if (given[at] !== token[at]) return false;
      return true;
    };
    expect(probabilityOf(compare)).toBeLessThan(0.01);
  });
});
