import { abortable } from './abortable.ts';
import type { Job } from './job.ts';

/** What one batch may hold. The first job always fits. */
export interface BatchBounds {
  readonly maxMessages: number;
  /** Of UTF-8 bodies, before the envelope. */
  readonly maxBodyBytes: number;
}

/**
 * Jobs of one account, first in first out per recipient, round robin over recipients.
 *
 * A recipient whose jobs were taken is busy until they are given back, so that no later message of it can overtake
 * them. Not bounded here: the sender bounds what it lets in.
 */
export class RecipientQueue {
  readonly #lines = new Map<string, Line>();
  /** Recipients with jobs and none taken, in the order of their turn. */
  readonly #ready = new Set<Line>();
  #whenReady: PromiseWithResolvers<void> | undefined;

  /** Whether {@link take} would find something. */
  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Resolves when something can be taken. Rejects with the signal's reason when that fires first. */
  async ready(signal: AbortSignal): Promise<void> {
    while (!this.hasReady) {
      this.#whenReady ??= Promise.withResolvers();
      await abortable(this.#whenReady.promise, signal);
    }
  }

  /** Puts a job at the end of its recipient's line. */
  push(job: Job): void {
    const { phoneNumber } = job.message;
    let line = this.#lines.get(phoneNumber);
    if (!line) {
      line = { phoneNumber, jobs: [], busy: false };
      this.#lines.set(phoneNumber, line);
    }
    line.jobs.push(job);
    this.#offer(line);
  }

  /**
   * Takes what one batch holds: a job of each ready recipient in turn, then a second of each, and so on, so that
   * nobody's long line keeps others out. The recipients are busy until {@link giveBack}.
   */
  take(bounds: BatchBounds): Job[] {
    const batch: Job[] = [];
    let bodyBytes = 0;
    let round = [...this.#ready];
    while (round.length > 0) {
      const nextRound: Line[] = [];
      for (const line of round) {
        const job = line.jobs[0];
        if (!job) continue;
        const fits = bodyBytes + job.bodyBytes <= bounds.maxBodyBytes || batch.length === 0;
        if (batch.length >= bounds.maxMessages || !fits) return batch;
        line.jobs.shift();
        bodyBytes += job.bodyBytes;
        batch.push(job);
        line.busy = true;
        this.#ready.delete(line);
        nextRound.push(line);
      }
      round = nextRound;
    }
    return batch;
  }

  /**
   * Frees the recipients of a batch that was taken. `again` are those of its jobs that must be tried again: they go
   * to the front of their lines, in the order given.
   */
  giveBack(batch: readonly Job[], again: readonly Job[]): void {
    for (const job of again.toReversed()) this.#lines.get(job.message.phoneNumber)?.jobs.unshift(job);
    for (const phoneNumber of new Set(batch.map((job) => job.message.phoneNumber))) {
      const line = this.#lines.get(phoneNumber);
      if (!line) continue;
      line.busy = false;
      this.#offer(line);
    }
  }

  /** Takes waiting jobs out of the queue: all that match. */
  withdraw(matches: (job: Job) => boolean): Job[] {
    const withdrawn: Job[] = [];
    for (const line of this.#lines.values()) {
      const kept = line.jobs.filter((job) => !matches(job));
      if (kept.length === line.jobs.length) continue;
      withdrawn.push(...line.jobs.filter(matches));
      line.jobs = kept;
      this.#offer(line);
    }
    return withdrawn;
  }

  #offer(line: Line): void {
    if (line.jobs.length === 0) {
      this.#ready.delete(line);
      if (!line.busy) this.#lines.delete(line.phoneNumber);
      return;
    }
    if (line.busy) return;
    this.#ready.add(line);
    this.#whenReady?.resolve();
    this.#whenReady = undefined;
  }
}

interface Line {
  readonly phoneNumber: string;
  jobs: Job[];
  busy: boolean;
}
