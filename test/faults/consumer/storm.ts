import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit } from '@parley/provisioning';
import { monotonicMs, until } from '@parley/testing';
import type { GatewayProcess } from '../gateway-process.ts';
import type { Kill } from '../kill/kill-findings.ts';
import type { RecordingProvider } from '../kill/recording-provider.ts';

/** How long a member that is to be killed is given to have a request in flight: it may have no partitions now. */
const REQUEST_TIMEOUT_MS = 3_000;
/** From the moment the zombie wakes up until it must know that its partitions are others'. */
const LEARN_TIMEOUT_MS = 30_000;

interface StormMember {
  readonly name: string;
  readonly gateway: GatewayProcess;
}

export interface StormOptions {
  /** All of them up. */
  readonly members: readonly StormMember[];
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** From its beginning until nothing more is taken down, or longer, until this many were taken down in each way. */
  readonly durationMs: number;
  readonly leastOfEach: number;
  /** Between two changes, on average: one taken down, or one brought back. */
  readonly betweenMs: number;
  /** How long one of the members stands still in the middle of it: longer than its session lasts. */
  readonly zombieMs: number;
  readonly provider: Pick<RecordingProvider, 'nextArrival'>;
  /** Makes the group forget its members, the dead ones and those alive, who then join anew. */
  readonly forgetMembers: () => Promise<void>;
  /** Before each change. */
  readonly keepBacklog: () => Promise<void>;
}

/** What happened in a storm. */
export interface StormLog {
  readonly kills: readonly Kill[];
  /** How those ended that were asked to. */
  readonly terminations: readonly Exit[];
  /** Whether the member that stood still was told after it woke that it had lost its partitions. */
  readonly zombieLearned: boolean;
}

/**
 * Takes members down one at a time, by SIGKILL with a request in flight, if they have one, and by SIGTERM in turn, and
 * brings them back; meanwhile one member is stopped for long and wakes up as a zombie. The group waits for the first that
 * is killed, and for every other one after, until its session times out; for those between it is made to forget its
 * members, or it would stand still all the time. Resolves when all members are up again.
 */
export async function storm(options: StormOptions): Promise<StormLog> {
  const {
    members,
    random,
    durationMs,
    leastOfEach,
    betweenMs,
    zombieMs,
    provider,
    forgetMembers,
    keepBacklog,
  } = options;
  const [zombie, ...others] = members;
  if (!zombie) throw new Error('a storm needs members');
  const kills: Kill[] = [];
  const terminations: Exit[] = [];
  const overMs = monotonicMs() + durationMs;
  const pause = (): Promise<void> => sleep(betweenMs * (0.5 + random()));
  let candidates = others;
  const haunting = haunt(zombie.gateway, { afterMs: betweenMs, zombieMs }).finally(
    () => (candidates = [...members]),
  );
  haunting.catch(() => undefined); // awaited below, when the members are up again
  for (let round = 0; monotonicMs() < overMs || round < 2 * leastOfEach; round += 1) {
    await keepBacklog();
    const member = candidates[Math.floor(random() * candidates.length)];
    if (!member) throw new Error('nobody to take down');
    const { name, gateway } = member;
    const isKill = round % 2 === 0;
    if (isKill)
      await provider.nextArrival({ from: name, timeoutMs: REQUEST_TIMEOUT_MS }).catch(() => undefined);
    const beganAtMs = monotonicMs();
    if (isKill) await gateway.kill();
    else terminations.push(await gateway.terminate());
    const goneAtMs = monotonicMs();
    if (isKill && kills.length % 2 === 1) await forgetMembers();
    await pause();
    await gateway.start();
    if (isKill) kills.push({ replica: name, beganAtMs, goneAtMs, readyAgainAtMs: monotonicMs() });
    await pause();
  }
  return { kills, terminations, zombieLearned: await haunting };
}

async function haunt(
  zombie: GatewayProcess,
  { afterMs, zombieMs }: { readonly afterMs: number; readonly zombieMs: number },
): Promise<boolean> {
  await sleep(afterMs);
  zombie.pause();
  await sleep(zombieMs);
  const linesBefore = zombie.log.lines.length;
  zombie.resume();
  const hasLearned = (): boolean =>
    zombie.log.lines
      .slice(linesBefore)
      .some(({ event }) => event === 'partitions-lost' || event === 'consumer-assigned');
  return until('the zombie has learned', hasLearned, { timeoutMs: LEARN_TIMEOUT_MS }).then(
    () => true,
    () => false,
  );
}
