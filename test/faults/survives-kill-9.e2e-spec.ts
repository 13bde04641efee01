import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { monotonicMs, seededRandom } from '@parley/testing';
import { SHARED_REDIS_URL, describeWithRedis } from '../redis/shared-redis.ts';
import { GatewayProcess } from './gateway-process.ts';
import { Conversation } from './kill/conversation.ts';
import type { Replica } from './kill/conversation.ts';
import { killFindings } from './kill/kill-findings.ts';
import type { Kill, KillFindings } from './kill/kill-findings.ts';
import { RecordingProvider } from './kill/recording-provider.ts';

/** `FAULT_KILLS=200` looks longer. */
const KILLS = Number(process.env['FAULT_KILLS'] ?? 12);
const CONVERSATIONS = 40;
const LIMIT_PER_SECOND = 10;
const MESSAGES_PER_REQUEST = 25;
/** Shorter than the time between two permits: of one process, one request is in flight at a time. */
const LATENCY_MS = 80;
/** A process that is up again lives for so long at most. */
const LONGEST_LIFE_MS = 1_000;
/** How often not the one that was killed last: that one may have done nothing since. */
const OTHER_ONE_NEXT = 0.75;
/** How often with a request that is unanswered, or was just answered; otherwise at any moment of a life. */
const KILLED_AT_A_REQUEST = 0.7;
/** The first of so many, and so on, comes as soon as a request was written: it is surely without an answer. */
const ONE_IN_FLIGHT_OF = 3;
/** How many kills must have hurt, for the rest to mean anything. */
const LEAST_KILLS_IN_FLIGHT = KILLS / 10;
/** Of a replica that is up and called. */
const REQUEST_TIMEOUT_MS = 10_000;
/** From the last kill until every message must have ended. */
const CALM_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = KILLS * 5_000 + CALM_TIMEOUT_MS;
const SETUP_TIMEOUT_MS = 90_000;

describeWithRedis(
  `Two replicas under load, one of them killed with SIGKILL ${KILLS} times (needs REDIS_URL)`,
  underKills,
);

function underKills(): void {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let provider: RecordingProvider | undefined;
  const replicas: Replica[] = [];
  let findings: KillFindings;

  beforeAll(async () => {
    provider = await RecordingProvider.listen({ latencyMs: LATENCY_MS });
    const account = `kill-${randomUUID()}`;
    for (const name of ['replica-a', 'replica-b']) {
      const settings = {
        NODE_ENV: 'production',
        AUTH: 'off',
        ROLES: 'grpc',
        LOG_LEVEL: 'info',
        REDIS_URL: SHARED_REDIS_URL,
        INSIDER_USER_AGENT: name,
        INSIDER_MAX_MESSAGES_PER_REQUEST: String(MESSAGES_PER_REQUEST),
        INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
        CALLBACK_TOKENS: 'token-of-the-test',
      };
      const gateway = await GatewayProcess.start({ providerUrl: provider.url, account, settings });
      replicas.push({ name, gateway });
    }
    findings = await killUnderLoad(provider);
    tell({ seed, findings, ambiguous: ambiguousIds().length });
  }, SETUP_TIMEOUT_MS + RUN_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all(replicas.map(({ gateway }) => gateway.stop()));
    await provider?.close();
  }, SETUP_TIMEOUT_MS);

  function ambiguousIds(): string[] {
    return replicas.flatMap(({ gateway }) =>
      gateway.log.of('ambiguous').flatMap(({ messageId }) => messageId ?? []),
    );
  }

  async function killUnderLoad(provider: RecordingProvider): Promise<KillFindings> {
    const random = seededRandom(seed);
    const over = new AbortController();
    const conversations = Array.from({ length: CONVERSATIONS }, (_, index) => {
      const recipient = `+4915110${String(index).padStart(6, '0')}`;
      const ownRandom = seededRandom(seed + 1 + index);
      return new Conversation({ recipient, replicas, random: ownRandom, over: over.signal });
    });
    const held = Promise.all(conversations.map((conversation) => conversation.hold()));
    held.catch(() => undefined); // awaited below, when the kills are over
    const kills: Kill[] = [];
    const momentToKill = async (from: string): Promise<void> => {
      const atOnce = kills.length % ONE_IN_FLIGHT_OF === 0;
      if (!atOnce && random() >= KILLED_AT_A_REQUEST) return sleep(random() * LONGEST_LIFE_MS);
      await provider.nextArrival({ from, timeoutMs: REQUEST_TIMEOUT_MS });
      if (!atOnce) await sleep(random() * LATENCY_MS);
    };
    let [victim, other] = replicas;
    try {
      while (kills.length < KILLS) {
        if (random() < OTHER_ONE_NEXT) [victim, other] = [other, victim];
        if (!victim) throw new Error('nobody to kill');
        await momentToKill(victim.name);
        const beganAtMs = monotonicMs();
        await victim.gateway.kill();
        const goneAtMs = monotonicMs();
        await victim.gateway.start();
        kills.push({ replica: victim.name, beganAtMs, goneAtMs, readyAgainAtMs: monotonicMs() });
      }
    } finally {
      over.abort();
    }
    await Promise.race([held, sleep(CALM_TIMEOUT_MS, undefined, { ref: false })]);
    const arrivals = await provider.arrivals();
    return killFindings({
      conversations: conversations.map(({ said }) => said),
      arrivals,
      kills,
      flagged: new Set(ambiguousIds()),
    });
  }

  it('were hit with a request in flight often enough', () => {
    expect(findings.killsInFlight).toBeGreaterThanOrEqual(LEAST_KILLS_IN_FLIGHT);
  });

  it('bring every message to an outcome, and only to such as a kill explains', () => {
    expect(findings.open).toEqual([]);
    const outcomes = ['report ACCEPTED', 'report UNKNOWN', 'resend ACCEPTED'];
    expect(outcomes).toEqual(expect.arrayContaining(Object.keys(findings.outcomes)));
    expect(findings.outcomes).toMatchObject({
      'report ACCEPTED': expect.any(Number),
      'resend ACCEPTED': expect.any(Number),
    });
  });

  it('leave open, for each kill, what became of one request at most', () => {
    expect(findings.unknownUnexplained).toEqual([]);
    expect(findings.mostUnknownOfOneKill).toBeLessThanOrEqual(MESSAGES_PER_REQUEST);
  });

  it('lose nothing that they accepted', () => {
    expect(findings.lost).toEqual([]);
  });

  it('send nothing twice that is to be reported', () => {
    expect(findings.doubledReports).toEqual([]);
  });

  it('send twice only what they flagged as ambiguous, and one request per kill at most', () => {
    expect(findings.doubledUnflagged).toEqual([]);
    expect(findings.mostRequestsDoubled).toBeLessThanOrEqual(1);
  });

  it('keep the order of each recipient', () => {
    expect(findings.overtaken).toEqual([]);
    expect(findings.overtakenInCall).toEqual([]);
  });

  // One more than the limit: processes that start and die all the time take the machine from the provider that counts,
  // and what arrives late is counted in a later second. That the limit holds exactly is for the slots' suites and bench.
  it('keep the limit together', () => {
    expect(findings.worstSecond).toBeLessThanOrEqual(LIMIT_PER_SECOND + 1);
  });
}

function tell({ seed, findings, ambiguous }: Run): void {
  const figures = Object.entries(findings).map(([name, found]) => [
    name,
    Array.isArray(found) ? found.length : (found as unknown),
  ]);
  const line = JSON.stringify({ seed, kills: KILLS, ambiguous, ...Object.fromEntries(figures) });
  process.stdout.write(`${line}\n`);
}

interface Run {
  readonly seed: number;
  readonly findings: KillFindings;
  /** How often the log named a message as ambiguous. */
  readonly ambiguous: number;
}
