import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit } from '@parley/provisioning';
import { monotonicMs } from '@parley/testing';
import type { GatewayProcess } from '../gateway-process.ts';
import type { Kill } from '../kill/kill-findings.ts';

interface StormMember {
  readonly name: string;
  readonly gateway: GatewayProcess;
}

export interface StormOptions {
  /** All of them up. */
  readonly members: readonly StormMember[];
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** From its beginning until nothing more is taken down. */
  readonly durationMs: number;
  /** Between two changes, on average: one taken down, or one brought back. */
  readonly betweenMs: number;
  /** How long one of the members stands still in the middle of it: longer than its session lasts. */
  readonly zombieMs: number;
  /** Makes the group forget its members, the dead ones and those alive, who then join anew. */
  readonly forgetMembers: () => Promise<void>;
}

/** What happened in a storm. */
export interface StormLog {
  readonly kills: readonly Kill[];
  /** How those ended that were asked to. */
  readonly terminations: readonly Exit[];
}

/**
 * Takes members down one at a time, by SIGKILL and by SIGTERM in turn, and brings them back; meanwhile one member is
 * stopped for long and wakes up as a zombie. The group waits for the first that is killed, and for every other one
 * after, until its session times out; for those between it is made to forget its members, or it would stand still all
 * the time. Resolves when all members are up again.
 */
export async function storm(options: StormOptions): Promise<StormLog> {
  const { members, random, durationMs, betweenMs, zombieMs, forgetMembers } = options;
  const [zombie, ...others] = members;
  const kills: Kill[] = [];
  const terminations: Exit[] = [];
  const overMs = monotonicMs() + durationMs;
  const pause = (): Promise<void> => sleep(betweenMs * (0.5 + random()));
  let candidates = others;
  const haunting = haunt(zombie, { afterMs: betweenMs, zombieMs }).then(() => (candidates = [...members]));
  for (let round = 0; monotonicMs() < overMs; round += 1) {
    const member = candidates[Math.floor(random() * candidates.length)];
    if (!member) throw new Error('nobody to take down');
    const { name, gateway } = member;
    const isKill = round % 2 === 0;
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
  await haunting;
  return { kills, terminations };
}

async function haunt(
  zombie: StormMember | undefined,
  { afterMs, zombieMs }: { readonly afterMs: number; readonly zombieMs: number },
): Promise<void> {
  await sleep(afterMs);
  zombie?.gateway.pause();
  await sleep(zombieMs);
  zombie?.gateway.resume();
}
