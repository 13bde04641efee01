import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { waitUntil } from '@parley/provisioning';
import { monotonicMs, seededRandom, until } from '@parley/testing';
import { ConsumerStage } from './consumer/consumer-stage.ts';
import { describeWithKafkaAndRedis } from './consumer/describe-with-kafka-and-redis.ts';
import { committedUnsettled, recordsAsConversations, toldTwiceAsNew } from './consumer/settled-records.ts';
import { killFindings } from './kill/kill-findings.ts';
import type { Kill, KillFindings } from './kill/kill-findings.ts';
import type { RecordingProvider } from './kill/recording-provider.ts';

/** `FAULT_KILLS=200` looks longer. */
const KILLS = Number(process.env['FAULT_KILLS'] ?? 8);
const MEMBER = 'member';
/** Records without a result event when a process starts: more than it can send in its life. */
const BACKLOG = 1_000;
const LIMIT_PER_SECOND = 2;
const MESSAGES_PER_REQUEST = 100;
/** Much shorter than the time between two permits: a request's end is stored before the next one leaves. */
const LATENCY_MS = 250;
/** How often it is killed as soon as it has joined the group or before that. */
const KILLED_EARLY = 0.1;
/** How often else with a request that is unanswered, or was just answered; otherwise at any moment of a life. */
const KILLED_AT_A_REQUEST = 0.7;
/** The first of so many, and so on, comes as soon as a request was written: it is surely without an answer. */
const ONE_IN_FLIGHT_OF = 3;
const LONGEST_LIFE_MS = 1_000;
/** How many kills must have hurt, for the rest to mean anything. */
const LEAST_KILLS_IN_FLIGHT = KILLS / 10;
/** How often something must have been committed since the look before: every third life lasts until something is. */
const LEAST_LOOKS_WITH_COMMITS = KILLS / 4;
const STEP_TIMEOUT_MS = 30_000;
/** From the last kill until every record must have been settled and committed. */
const CALM_TIMEOUT_MS = 60_000;
const SETUP_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = KILLS * 10_000 + CALM_TIMEOUT_MS;

describeWithKafkaAndRedis(
  `A consumer under load, killed with SIGKILL ${KILLS} times (needs KAFKA_BROKERS and REDIS_URL)`,
  underKills,
);

function underKills(): void {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let stage: ConsumerStage | undefined;
  let run: Run;

  beforeAll(async () => {
    stage = await ConsumerStage.set('kills', {
      partitions: 12,
      recipients: 600,
      policies: ['resend', 'report'],
      latencyMs: LATENCY_MS,
      settings: {
        INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
        INSIDER_MAX_MESSAGES_PER_REQUEST: String(MESSAGES_PER_REQUEST),
      },
    });
    run = await killUnderLoad(stage, seededRandom(seed));
    tell({ seed, ...run });
  }, SETUP_TIMEOUT_MS + RUN_TIMEOUT_MS);

  afterAll(() => stage?.close(), SETUP_TIMEOUT_MS);

  it('was hit with a request in flight often enough', () => {
    expect(run.findings.killsInFlight).toBeGreaterThanOrEqual(LEAST_KILLS_IN_FLIGHT);
  });

  it('never had committed a record without a result event on the topic', () => {
    expect(run.looksWithCommits).toBeGreaterThanOrEqual(LEAST_LOOKS_WITH_COMMITS);
    expect(run.committedUnsettled).toEqual([]);
  });

  it('brings every record to a result event, and only to such as a kill explains', () => {
    expect(run.findings.open).toEqual([]);
    expect(run.findings.unknownUnexplained).toEqual([]);
    const outcomes = ['resend ACCEPTED', 'report ACCEPTED', 'report UNKNOWN'];
    expect(outcomes).toEqual(expect.arrayContaining(Object.keys(run.findings.outcomes)));
  });

  it('tells as unknown without having sent it only what it flagged as ambiguous, a request per kill at most', () => {
    const { unknownUnsent } = run.findings;
    expect(unknownUnsent.length).toBeLessThanOrEqual(KILLS * MESSAGES_PER_REQUEST);
    expect(unknownUnsent.filter((id) => !run.flagged.has(id))).toEqual([]);
  });

  // Of the records that are left at the last kill, half are to be reported, and nothing is killed any more.
  it('sends what is to be reported', () => {
    expect(run.findings.outcomes['report ACCEPTED']).toBeGreaterThan(BACKLOG / 4);
  });

  it('loses nothing that it tells as accepted', () => {
    expect(run.findings.lost).toEqual([]);
  });

  it('sends nothing twice that is to be reported', () => {
    expect(run.findings.doubledReports).toEqual([]);
  });

  it('sends twice only what it flagged as ambiguous, and one request per kill at most', () => {
    expect(run.findings.doubledUnflagged).toEqual([]);
    expect(run.findings.mostRequestsDoubled).toBeLessThanOrEqual(1);
  });

  it('keeps the order of each key', () => {
    expect(run.findings.overtaken).toEqual([]);
  });

  it('tells an end again only as a duplicate', () => {
    expect(run.toldTwiceAsNew).toEqual([]);
  });

  it('leaves nothing uncommitted', () => {
    expect(run.lag).toBe(0n);
  });
}

interface Run {
  readonly findings: KillFindings;
  /** Of all looks at the group, one after each kill. */
  readonly committedUnsettled: readonly string[];
  /** Of them, those that found more committed than the one before. */
  readonly looksWithCommits: number;
  readonly toldTwiceAsNew: readonly string[];
  /** After the calm. */
  readonly lag: bigint;
  readonly records: number;
  readonly resultEvents: number;
  readonly flagged: ReadonlySet<string>;
  readonly tookMs: number;
}

async function killUnderLoad(stage: ConsumerStage, random: () => number): Promise<Run> {
  const { provider, view, backlog, sent, results, setup } = stage;
  const startedMs = monotonicMs();
  await backlog.produce(BACKLOG);
  const member = await stage.startMember({ name: MEMBER });
  const kills: Kill[] = [];
  const unsettled = new Set<string>();
  let [committedBefore, looksWithCommits] = [0n, 0];
  let linesBefore = 0;
  const hasJoined = (): boolean =>
    member.log.lines.slice(linesBefore).some(({ event }) => event === 'consumer-assigned');
  const hasCommitted = async (): Promise<boolean> =>
    sumOf(await view.committed(setup.topics.send)) > committedBefore;
  while (kills.length < KILLS) {
    if (kills.length % 3 === 0) {
      await waitUntil(hasCommitted, { signal: AbortSignal.timeout(STEP_TIMEOUT_MS), everyMs: 50 });
    }
    await momentToKill({ hasJoined, provider }, { atOnce: kills.length % ONE_IN_FLIGHT_OF === 0, random });
    const beganAtMs = monotonicMs();
    await member.kill();
    const goneAtMs = monotonicMs();
    // In this order: what had been committed by then must be told by then.
    const committed = await view.committed(setup.topics.send);
    if (sumOf(committed) > committedBefore) looksWithCommits += 1;
    committedBefore = sumOf(committed);
    await stage.readAll();
    const records = { sent: sent.records, results: results.records };
    for (const id of committedUnsettled(committed, records)) unsettled.add(id);
    await backlog.produce(Math.max(0, BACKLOG - stage.unsettled));
    await view.expelAll();
    linesBefore = member.log.lines.length;
    await member.start();
    kills.push({ replica: MEMBER, beganAtMs, goneAtMs, readyAgainAtMs: monotonicMs() });
  }
  const lag = await stage.calmDown({ timeoutMs: CALM_TIMEOUT_MS });
  const flagged = stage.flagged;
  const findings = killFindings({
    conversations: recordsAsConversations(sent.records, results.records, [MEMBER]),
    arrivals: await provider.arrivals(),
    kills,
    flagged,
  });
  return {
    findings,
    committedUnsettled: [...unsettled],
    toldTwiceAsNew: toldTwiceAsNew(results.records),
    lag,
    records: sent.records.length,
    resultEvents: results.records.length,
    flagged,
    looksWithCommits,
    tookMs: Math.round(monotonicMs() - startedMs),
  };
}

/** Resolves when the process that was started last should die. */
async function momentToKill(
  life: { readonly hasJoined: () => boolean; readonly provider: RecordingProvider },
  { atOnce, random }: { readonly atOnce: boolean; readonly random: () => number },
): Promise<void> {
  if (atOnce) {
    await life.provider.nextArrival({ timeoutMs: STEP_TIMEOUT_MS });
    return;
  }
  if (random() >= KILLED_EARLY) {
    await until('it has joined the group', life.hasJoined, { timeoutMs: STEP_TIMEOUT_MS });
    if (random() < KILLED_AT_A_REQUEST) {
      await life.provider.nextArrival({ timeoutMs: STEP_TIMEOUT_MS });
      // In the first half of the wait for the answer: a busy machine takes its time to kill.
      return sleep((random() * LATENCY_MS) / 2);
    }
  }
  return sleep(random() * LONGEST_LIFE_MS);
}

function sumOf(offsets: ReadonlyMap<number, bigint>): bigint {
  return [...offsets.values()].reduce((sum, offset) => sum + offset, 0n);
}

function tell({ findings, flagged, ...run }: Run & { readonly seed: number }): void {
  const counts = Object.entries({ ...run, flagged: flagged.size, ...findings }).map(([name, found]) => [
    name,
    Array.isArray(found) ? found.length : typeof found === 'bigint' ? Number(found) : (found as unknown),
  ]);
  process.stdout.write(`${JSON.stringify({ kills: KILLS, ...Object.fromEntries(counts) })}\n`);
}
