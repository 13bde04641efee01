import { claimOf, rejected, settlement, unknown } from './endings.ts';
import type { Endings } from './endings.ts';
import type { ForgivingStore } from './forgiving-store.ts';
import type { Job } from './job.ts';
import type { Claim } from './message-store.ts';
import type { Outcome } from './outcome.ts';
import { sendError } from './reasons.ts';
import type { Windows } from './windows.ts';

export interface Claimed {
  readonly ours: readonly Job[];
  /** With the promise that it ended, or can be claimed again. Never rejects. */
  readonly followed: ReadonlyMap<Job, Promise<void>>;
}

export interface ClearedToLeave {
  readonly riding: ReadonlySet<Job>;
  readonly followed: Claimed['followed'];
  /** Of each recipient, its first followed job and all after it: they keep their order. */
  readonly behind: ReadonlySet<Job>;
}

/** Makes ids this pipeline's to send, of all submissions and replicas that may have the same. */
export class Claims {
  readonly #store: ForgivingStore;
  readonly #windows: Windows;
  readonly #endings: Endings;

  constructor(options: { store: ForgivingStore; windows: Windows; endings: Endings }) {
    this.#store = options.store;
    this.#windows = options.windows;
    this.#endings = options.endings;
  }

  /**
   * Which of a batch may ride in a request now: those that are to be sent here, and wait behind nobody followed. Whose
   * window is closed is refused, and so ended.
   */
  async clear(jobs: readonly Job[], signal: AbortSignal): Promise<ClearedToLeave> {
    const wanted = jobs.filter((job) => job.wanted);
    const [{ ours, followed }, closed] = await Promise.all([
      this.make(wanted, signal),
      this.#windows.closedTo(wanted),
    ]);
    const behind = behindFollowed(jobs, followed);
    // Whoever waits behind another's message holds no claim meanwhile, or two replicas could wait for each other.
    await this.#endings.release([...behind].filter((job) => !job.maybeSent));
    const riding = ours.filter((job) => !behind.has(job));
    await this.#endings.refuse(
      riding.filter((job) => closed.has(job) && job.wanted),
      sendError('WINDOW_CLOSED'),
    );
    return { riding: new Set(riding.filter((job) => !closed.has(job))), followed, behind };
  }

  /**
   * Which of the jobs are to be sent here. Of the others, some were settled before, and some are followed:
   * somebody else sends their ids, and they end with that one, or may be claimed again when it has not sent them.
   */
  async make(jobs: readonly Job[], signal: AbortSignal): Promise<Claimed> {
    const followed = new Map<Job, Promise<void>>();
    const claims = await this.#store.claim(jobs.map(claimOf));
    for (const [index, job] of jobs.entries()) {
      const claim = claims[index];
      switch (claim?.kind) {
        case 'claimed':
          job.claimed = true;
          if (claim.maybeSent) this.#endings.mayHaveBeenSent(job, claim.maybeSent);
          break;
        case 'settled':
          this.#endings.tell(job, { ...claim.settlement, duplicate: true });
          break;
        case 'in-flight':
          // Also of a claim that was held here: its lease was over, and another took it.
          job.claimed = false;
          followed.set(job, this.#follow(job, claim, signal));
          break;
        case 'conflict':
          this.#endings.tell(job, settlement(job, conflict(job)));
          break;
        case undefined:
          throw new Error('A message store answers every claim.');
      }
    }
    // Given up while the store was asked, and ended then without a claim to give back.
    const unwanted = jobs.filter((job) => !job.wanted);
    await Promise.all([
      this.#endings.release(unwanted.filter((job) => !job.maybeSent)),
      this.#endings.abandon(unwanted.filter((job) => job.maybeSent)),
    ]);
    const isReported = (job: Job) => job.maybeSent && job.message.ambiguousSends === 'report';
    await this.#endings.settle(
      jobs.filter((job) => job.claimed && isReported(job)),
      (job) => unknown(job),
    );
    return { ours: jobs.filter((job) => job.claimed), followed };
  }

  /**
   * Waits until the message that somebody else is sending under the same id has ended, or can be claimed again. When the
   * store could not be asked for as long as a silent holder has an id, that one counts as dead: nobody behind the job
   * waits for it any longer.
   */
  async #follow(job: Job, claim: Claim & { kind: 'in-flight' }, signal: AbortSignal): Promise<void> {
    const unwanted = new AbortController();
    void job.result.then(() => unwanted.abort());
    const given = AbortSignal.any([unwanted.signal, signal]);
    const end = await claim.ended(given).catch(() => {
      if (!given.aborted) this.#endings.mayHaveBeenSent(job, 'holder-died');
      return undefined;
    });
    if (end) this.#endings.tell(job, { ...end, duplicate: true });
  }
}

/** Of an id that was forgotten while its message waited, and used for another one, an earlier request may be known here. */
function conflict(job: Job): Outcome {
  return job.maybeSent ? unknown(job) : rejected(sendError('IDEMPOTENCY_CONFLICT'));
}

function behindFollowed(jobs: readonly Job[], followed: Claimed['followed']): ReadonlySet<Job> {
  const recipients = new Set<string>();
  const isBehind = (job: Job) => {
    if (followed.has(job)) recipients.add(job.message.phoneNumber);
    return recipients.has(job.message.phoneNumber);
  };
  return new Set(jobs.filter(isBehind));
}
