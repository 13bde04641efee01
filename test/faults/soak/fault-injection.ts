import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit, Restartable } from '@parley/provisioning';
import { monotonicMs } from '@parley/testing';
import type { GatewayProcess } from '../gateway-process.ts';
import type { Round, Trouble } from './fault-schedule.ts';
import type { MoodyProvider } from '../traffic/moody-provider.ts';
import type { TroubleTime } from '../traffic/traffic-findings.ts';

/** What may be hit. */
export interface Targets {
  readonly provider: Pick<MoodyProvider, 'turn'>;
  /** Those that may be taken down; there is one more, or nobody would serve. */
  readonly replicas: readonly GatewayProcess[];
  /** One more member of the group, when it is wanted. */
  readonly startMember: () => Promise<GatewayProcess>;
  readonly broker: Restartable;
  readonly brokerAnswers: () => Promise<void>;
  readonly redis: Restartable;
  /** Resolves when nothing waits in the spool. */
  readonly spoolIsEmpty: () => Promise<void>;
}

/** Does what a schedule says. */
export class FaultInjection {
  readonly counts: Record<string, number> = {};
  readonly troubles: TroubleTime[] = [];
  /** How those ended that were asked to. */
  readonly exits: Exit[] = [];
  /** What did not come back in time. */
  readonly failures: string[] = [];
  readonly #targets: Targets;

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  /** Resolves when all is well again, and the calm over. */
  async round({ trouble, mood, troubleMs, moodMs, calmMs, victim }: Round): Promise<void> {
    const note = (error: unknown): void =>
      void this.failures.push(
        `${trouble ?? mood}: ${error instanceof Error ? error.message : String(error)}`,
      );
    await Promise.all([
      trouble && this.#trouble(trouble, { lastsMs: troubleMs, victim }).catch(note),
      mood && this.#mood(mood, moodMs),
    ]);
    await this.#targets.spoolIsEmpty().catch(note);
    await sleep(calmMs);
  }

  async #mood(mood: NonNullable<Round['mood']>, lastsMs: number): Promise<void> {
    this.#count(`provider ${mood}`);
    this.#targets.provider.turn(mood);
    await sleep(lastsMs);
    this.#targets.provider.turn('well');
  }

  async #trouble(trouble: Trouble, { lastsMs, victim }: { lastsMs: number; victim: number }): Promise<void> {
    this.#count(trouble);
    const { replicas, broker, redis, brokerAnswers, startMember } = this.#targets;
    const replica = replicas[Math.floor(victim * replicas.length)];
    if (!replica) throw new Error('nobody to hit');
    const fromMs = monotonicMs();
    const during: Readonly<Record<Trouble, () => Promise<unknown>>> = {
      'replica killed': () => replica.kill(),
      'replica stopped': async () => this.exits.push(await replica.terminate()),
      'replica frozen': () => paused(replica),
      'member comes and goes': async () => {
        const member = await startMember();
        await sleep(lastsMs);
        this.exits.push(await member.terminate());
        await member.stop();
      },
      'broker killed': () => broker.kill(),
      'broker stopped': () => broker.stop(),
      'broker frozen': () => paused(broker),
      'Redis killed': () => redis.kill(),
      'Redis frozen': () => paused(redis),
    };
    await during[trouble]();
    if (trouble !== 'member comes and goes') await sleep(lastsMs);
    const target = trouble.startsWith('replica') ? replica : trouble.startsWith('broker') ? broker : redis;
    if (trouble.endsWith('frozen')) target.resume();
    else if (trouble !== 'member comes and goes') await target.start();
    if (target === broker) await brokerAnswers();
    this.troubles.push({ trouble, fromMs, toMs: monotonicMs() + AFTERMATH_MS });
  }

  #count(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }
}

/** Until the last of its effects: connections that come back, permits shared again, partitions taken over. */
const AFTERMATH_MS = 10_000;

function paused(target: Pick<Restartable, 'pause'>): Promise<void> {
  target.pause();
  return Promise.resolve();
}
