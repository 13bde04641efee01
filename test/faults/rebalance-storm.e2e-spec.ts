import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { monotonicMs, seededRandom } from '@parley/testing';
import { ConsumerStage } from './consumer/consumer-stage.ts';
import { describeWithKafkaAndRedis } from './consumer/describe-with-kafka-and-redis.ts';
import { recordsAsConversations, toldTwiceAsNew } from './consumer/settled-records.ts';
import { storm } from './consumer/storm.ts';
import type { StormLog } from './consumer/storm.ts';
import type { Said } from './kill/conversation.ts';
import { killFindings } from './kill/kill-findings.ts';
import type { KillFindings } from './kill/kill-findings.ts';

const RECORDS = 50_000;
const PARTITIONS = 12;
const ZOMBIES = 1;
const MEMBERS = ['member-a', 'member-b', 'member-c'];
const LIMIT_PER_SECOND = 12;
const MESSAGES_PER_REQUEST = 100;
/** Long enough for a kill to come before the answer. */
const LATENCY_MS = 200;
/** `FAULT_STORM_MS=300000` looks longer. */
const STORM_MS = Number(process.env['FAULT_STORM_MS'] ?? 14_000);
const BETWEEN_CHANGES_MS = 1_000;
/** Longer than the 15 seconds of a consumer's session; `FAULT_ZOMBIE_MS=60000` looks longer. */
const ZOMBIE_MS = Number(process.env['FAULT_ZOMBIE_MS'] ?? 17_000);
/** What the members have to do in a storm, however long it is: a third of what the limit lets through in the calm. */
const LEAST_BACKLOG = (LIMIT_PER_SECOND * MESSAGES_PER_REQUEST * 60) / 3;
/** What must have happened, for the rest to mean anything. */
const LEAST_OF_EACH_CHANGE = 3;
/** From the end of the storm until everything must be settled and committed. */
const CALM_TIMEOUT_MS = 60_000;
/** What a member has to end what is in flight when it is asked to stop. */
const GRACE_MS = 15_000;
const SETUP_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS = STORM_MS + ZOMBIE_MS + GRACE_MS + 2 * CALM_TIMEOUT_MS;

describeWithKafkaAndRedis(
  `${RECORDS} records on ${PARTITIONS} partitions while three members come and go (needs KAFKA_BROKERS and REDIS_URL)`,
  inTheStorm,
);

function inTheStorm(): void {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let stage: ConsumerStage | undefined;
  let run: Run;

  beforeAll(async () => {
    stage = await ConsumerStage.set('storm', {
      partitions: PARTITIONS,
      recipients: 5_000,
      policies: ['resend'],
      latencyMs: LATENCY_MS,
      settings: {
        INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
        INSIDER_MAX_MESSAGES_PER_REQUEST: String(MESSAGES_PER_REQUEST),
      },
    });
    run = await weather(stage, seededRandom(seed));
    tell({ seed, ...run });
  }, SETUP_TIMEOUT_MS + RUN_TIMEOUT_MS);

  afterAll(() => stage?.close(), SETUP_TIMEOUT_MS);

  it('were in a storm, which was over before the records were', () => {
    const { kills, terminations, zombieLearned } = run.storm;
    expect(kills.length).toBeGreaterThanOrEqual(LEAST_OF_EACH_CHANGE);
    expect(terminations.length).toBeGreaterThanOrEqual(LEAST_OF_EACH_CHANGE);
    expect(run.findings.killsInFlight).toBeGreaterThanOrEqual(1);
    expect(zombieLearned).toBe(true);
    expect(run.unsettledAfterStorm).toBeGreaterThan(0);
  });

  it('are all settled and committed within a minute of calm', () => {
    expect(run.lag).toBe(0n);
    expect(run.findings.open).toEqual([]);
  });

  it('all arrive at the provider', () => {
    expect(run.records).toBe(run.produced);
    expect(run.neverArrived).toEqual([]);
  });

  it('are all told as accepted, or as unknown when they were flagged as ambiguous', () => {
    expect(run.endedOtherwise).toEqual([]);
  });

  it('arrive twice only when they were flagged as ambiguous', () => {
    expect(run.findings.doubledUnflagged).toEqual([]);
  });

  it('arrive twice, or are flagged, only as far as kills, the zombie and rebalances explain, a request each', () => {
    const explained = run.storm.kills.length + ZOMBIES + run.rebalances;
    expect(run.findings.requestsDoubled).toBeLessThanOrEqual(explained);
    expect(run.ambiguous).toBeLessThanOrEqual(explained * MESSAGES_PER_REQUEST);
  });

  it('arrive in the order of their keys', () => {
    expect(run.findings.overtaken).toEqual([]);
  });

  // A zombie may learn of its own request's end when another member has sent the message again.
  it('are told again only as duplicates, unless they were flagged as ambiguous', () => {
    expect(run.toldTwiceUnflagged).toEqual([]);
  });

  it('let every member that is asked to stop end in good order', () => {
    const ends = run.storm.terminations.map(({ exitCode }) => exitCode);
    expect(ends).toEqual(ends.map(() => 0));
  });
}

interface Run {
  readonly findings: KillFindings;
  readonly storm: StormLog;
  readonly produced: number;
  readonly records: number;
  readonly unsettledAfterStorm: number;
  readonly neverArrived: readonly string[];
  /** Neither accepted, nor unknown and flagged. */
  readonly endedOtherwise: readonly string[];
  readonly toldTwiceUnflagged: readonly string[];
  /** After the calm. */
  readonly lag: bigint;
  readonly calmMs: number;
  readonly resultEvents: number;
  /** Ids that were flagged. */
  readonly ambiguous: number;
  /** How often members noticed that their group rebalances. */
  readonly rebalances: number;
}

async function weather(stage: ConsumerStage, random: () => number): Promise<Run> {
  const { backlog, provider, sent, results, view } = stage;
  await backlog.produce(RECORDS);
  const members = await Promise.all(
    MEMBERS.map(async (name) => ({ name, gateway: await stage.startMember({ name, graceMs: GRACE_MS }) })),
  );
  await Promise.all(MEMBERS.map((from) => provider.nextArrival({ from, timeoutMs: SETUP_TIMEOUT_MS })));
  const stormLog = await storm({
    members,
    random,
    durationMs: STORM_MS,
    leastOfEach: LEAST_OF_EACH_CHANGE,
    betweenMs: BETWEEN_CHANGES_MS,
    zombieMs: ZOMBIE_MS,
    provider,
    forgetMembers: () => view.expelAll(),
    keepBacklog: () => backlog.produce(Math.max(0, LEAST_BACKLOG - stage.unsettled)),
  });
  const calmFromMs = monotonicMs();
  const unsettledAfterStorm = stage.unsettled;
  const lag = await stage.calmDown({ timeoutMs: CALM_TIMEOUT_MS });
  const calmMs = Math.round(monotonicMs() - calmFromMs);
  const { flagged } = stage;
  const conversations = recordsAsConversations(sent.records, results.records, MEMBERS);
  const arrivals = await provider.arrivals();
  const arrived = new Set(arrivals.flatMap(({ bodies }) => bodies));
  const said = conversations.flat();
  const isAsItShould = ({ id, outcome }: Said): boolean =>
    outcome === 'ACCEPTED' || (outcome === 'UNKNOWN' && flagged.has(id));
  return {
    findings: killFindings({ conversations, arrivals, kills: stormLog.kills, flagged }),
    storm: stormLog,
    produced: backlog.produced,
    records: said.length,
    unsettledAfterStorm,
    neverArrived: said.map(({ id }) => id).filter((id) => !arrived.has(id)),
    endedOtherwise: said.filter((message) => !isAsItShould(message)).map(({ id }) => id),
    toldTwiceUnflagged: toldTwiceAsNew(results.records).filter((id) => !flagged.has(id)),
    lag,
    calmMs,
    resultEvents: results.records.length,
    ambiguous: flagged.size,
    rebalances: members.flatMap(({ gateway }) => gateway.log.of('consumer-rebalancing')).length,
  };
}

function tell({ findings, storm, ...run }: Run & { readonly seed: number }): void {
  const counts = Object.entries({ ...run, ...storm, ...findings }).map(([name, found]) => [
    name,
    Array.isArray(found) ? found.length : typeof found === 'bigint' ? Number(found) : (found as unknown),
  ]);
  process.stdout.write(`${JSON.stringify(Object.fromEntries(counts))}\n`);
}
