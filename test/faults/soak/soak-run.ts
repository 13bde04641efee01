import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs, seededRandom, worstSecond } from '@parley/testing';
import { atRate } from '../caller.ts';
import type { GatewayProcess } from '../gateway-process.ts';
import type { FaultInjection } from './fault-injection.ts';
import { faultSchedule } from './fault-schedule.ts';
import { resourcesOf } from './resources.ts';
import type { Resources } from './resources.ts';
import { trafficFindings } from '../traffic/traffic-findings.ts';
import type { TrafficFindings } from '../traffic/traffic-findings.ts';
import { LIMIT_PER_SECOND } from '../traffic/traffic-stage.ts';
import type { TrafficStage } from '../traffic/traffic-stage.ts';
import { tellDoubts } from './tell-doubts.ts';
import { tellLine } from './tell-line.ts';

/** Eight requests a second, of ten that the limit allows, as long as nothing makes their messages wait for each other. */
const CALLS_PER_SECOND = 8;
const LOOK_EVERY_MS = 1_000;
const ALIVE = 200;
const PROGRESS_EVERY_MS = 30_000;

export interface SoakRun {
  readonly findings: TrafficFindings;
  /** At the gateway that nothing was done to, oldest first. */
  readonly looks: readonly Resources[];
  /** What that one held after collections, oldest first. */
  readonly liveMiB: readonly number[];
  /** How often that one answered that it does not live. */
  readonly notAlive: number;
  /** Of the group, after the calm. */
  readonly lag: bigint;
  readonly deadLetters: number;
  /** The most requests that left in a second, wherever it begins. */
  readonly worstSecond: number;
  readonly tookMs: number;
}

export interface SoakOptions {
  readonly seed: number;
  /** A round of faults that was begun is ended. */
  readonly durationMs: number;
  /** See {@link faultSchedule}. */
  readonly pace: number;
  /** From the end of the faults until everything must be settled. */
  readonly calmMs: number;
}

/** Injects faults under load, then waits for calm and compares everybody's books. */
export async function soak(
  stage: TrafficStage,
  faults: FaultInjection,
  { seed, durationMs, pace, calmMs }: SoakOptions,
): Promise<SoakRun> {
  const { traffic, posts, logs } = stage;
  const steady = steadyOf(stage);
  const startedMs = monotonicMs();
  const looks: Resources[] = [];
  let notAlive = 0;
  const [over, settled] = [new AbortController(), new AbortController()];
  const looking = each(LOOK_EVERY_MS, settled.signal, async () => {
    logs.gather();
    looks.push(resourcesOf(steady));
    // Late on a busy machine is not dead.
    const status = await steady.liveness().catch(() => ALIVE);
    if (status !== ALIVE) notAlive += 1;
  });
  const telling = each(PROGRESS_EVERY_MS, settled.signal, () => {
    tellProgress(stage, faults, { elapsedMs: monotonicMs() - startedMs, look: looks.at(-1) });
    return Promise.resolve();
  });
  const load = atRate(CALLS_PER_SECOND, over.signal, () => traffic.next());
  try {
    const schedule = faultSchedule(seededRandom(seed), { pace });
    while (monotonicMs() - startedMs < durationMs) await faults.round(schedule.next().value);
  } finally {
    over.abort();
    const calm = sleep(calmMs, undefined, { ref: false });
    await Promise.race([load, calm]);
    await Promise.race([posts.done(), calm]);
    settled.abort();
  }
  const lag = await stage.calmDown(calmMs);
  await Promise.all([looking, telling]);
  const history = await stage.history(faults.troubles);
  const findings = trafficFindings(history);
  tellDoubts({
    history,
    findings,
    departures: logs.departures,
    limitPerSecond: LIMIT_PER_SECOND,
    startedMs,
  });
  return {
    findings,
    looks,
    liveMiB: logs.liveMiB,
    notAlive,
    lag,
    deadLetters: history.deadLetters,
    worstSecond: worstSecond(logs.departures),
    tookMs: Math.round(monotonicMs() - startedMs),
  };
}

/** The gateway that nothing is done to. */
function steadyOf({ replicas: [steady] }: TrafficStage): GatewayProcess {
  if (!steady) throw new Error('not started');
  return steady.gateway;
}

function tellProgress(
  { provider, poster, callbacksOpen, messagesOpen, traffic }: TrafficStage,
  faults: FaultInjection,
  { elapsedMs, look }: { readonly elapsedMs: number; readonly look: Resources | undefined },
): void {
  tellLine({
    elapsedS: Math.round(elapsedMs / 1_000),
    requests: provider.arrivals.length,
    messages: provider.arrivals.reduce((sum, { keys }) => sum + keys.length, 0),
    callbacks: poster.deliveries.length,
    faults: Object.values(faults.counts).reduce((sum, count) => sum + count, 0),
    messagesOpen,
    callbacksOpen,
    heldUp: traffic.heldUp,
    residentMiB: Math.round(look?.residentMiB ?? NaN),
    descriptors: look?.descriptors,
  });
}

/** Looks now and whenever the time is over. Resolves after the signal. */
async function each(everyMs: number, signal: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await look();
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
