import { claimOf, rejected, settlement, unknown } from './endings.ts';
import type { Endings } from './endings.ts';
import type { ForgivingStore } from './forgiving-store.ts';
import type { Job } from './job.ts';
import type { Claim } from './message-store.ts';
import { sendError } from './reasons.ts';

export interface Claimed {
  readonly ours: readonly Job[];
  /** With the promise that it ended, or can be claimed again. Never rejects. */
  readonly followed: ReadonlyMap<Job, Promise<void>>;
}

/** Makes ids this pipeline's to send, of all submissions and replicas that may have the same. */
export class Claims {
  readonly #store: ForgivingStore;
  readonly #endings: Endings;

  constructor({ store, endings }: { store: ForgivingStore; endings: Endings }) {
    this.#store = store;
    this.#endings = endings;
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
          if (claim.maybeSent) this.#endings.mayHaveBeenSent(job, 'holder-died');
          break;
        case 'settled':
          this.#endings.tell(job, { ...claim.settlement, duplicate: true });
          break;
        case 'in-flight':
          followed.set(job, this.#follow(job, claim, signal));
          break;
        case 'conflict':
          this.#endings.tell(job, settlement(job, rejected(sendError('IDEMPOTENCY_CONFLICT'))));
          break;
        case undefined:
          throw new Error('A message store answers every claim.');
      }
    }
    // Given up while the store was asked, and ended then without a claim to release.
    await this.#endings.release(jobs.filter((job) => !job.wanted && !job.maybeSent));
    const isReported = (job: Job) =>
      job.maybeSent && (!job.wanted || job.message.ambiguousSends === 'report');
    await this.#endings.settle(
      jobs.filter((job) => job.claimed && isReported(job)),
      (job) => unknown(job),
    );
    return { ours: jobs.filter((job) => job.claimed), followed };
  }

  /** Waits until the message that somebody else is sending under the same id has ended, or can be claimed again. */
  async #follow(job: Job, claim: Claim & { kind: 'in-flight' }, signal: AbortSignal): Promise<void> {
    const unwanted = new AbortController();
    void job.result.then(() => unwanted.abort());
    const end = await claim.ended(AbortSignal.any([unwanted.signal, signal])).catch(() => undefined);
    if (end) this.#endings.tell(job, { ...end, duplicate: true });
  }
}
