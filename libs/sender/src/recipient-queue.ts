import { abortable } from './abortable.ts';
import type { Clock } from './clock.ts';
import type { Job, Traffic } from './job.ts';
import type { RecipientPacing } from './recipient-pacing.ts';

/** What one batch may hold. The first job always fits. */
export interface BatchBounds {
  readonly maxMessages: number;
  /** Of UTF-8 bodies, before the envelope. */
  readonly maxBodyBytes: number;
}

/** While both kinds of traffic wait, every fifth place of a batch is bulk's: interactive goes first, nobody starves. */
const PLACES_PER_BULK_PLACE = 5;

/**
 * Jobs of one account, first in first out per recipient, round robin over recipients.
 *
 * A recipient whose jobs were taken is busy until they are given back, so that no later message of it can overtake
 * them. Its line goes with interactive traffic while it holds an interactive job: what stands before that one must leave
 * first. Not bounded here: the sender bounds what it lets in.
 */
export class RecipientQueue {
  readonly #clock: Clock;
  readonly #pacing: RecipientPacing | undefined;
  readonly #lines = new Map<string, Line>();
  /** Recipients whose turn may come, in the order of their turn. */
  readonly #ready: Readonly<Record<Lane, Set<Line>>> = {
    interactive: new Set(),
    bulk: new Set(),
    apart: new Set(),
  };
  /** Recipients whose pace makes them wait, with the moment until which. */
  readonly #paced = new Map<Line, number>();
  readonly #waiting: Record<Traffic, number> = { interactive: 0, bulk: 0 };
  #whenReady: PromiseWithResolvers<void> | undefined;
  #places = 0;
  #apartLast = false;

  constructor(options: { clock: Clock; pacing?: RecipientPacing | undefined }) {
    this.#clock = options.clock;
    this.#pacing = options.pacing;
  }

  /** Whether {@link take} would find something. */
  get hasReady(): boolean {
    this.#releasePaced();
    return this.#ready.interactive.size + this.#ready.bulk.size + this.#ready.apart.size > 0;
  }

  /** Jobs that wait; those taken and not given back are not among them. */
  get waiting(): Readonly<Record<Traffic, number>> {
    return this.#waiting;
  }

  /**
   * At most how many of the jobs that wait leave before the last of one more for each of these recipients. The turn goes
   * round, so that no other line counts for more places than the longest of theirs would have then.
   */
  aheadOf(recipients: readonly string[]): Readonly<Record<Traffic, number>> {
    const places = new Map<string, number>();
    let longest = 0;
    for (const recipient of recipients) {
      const place = (places.get(recipient) ?? this.#lines.get(recipient)?.jobs.length ?? 0) + 1;
      places.set(recipient, place);
      longest = Math.max(longest, place);
    }
    const inTheirTurns = longest * this.#lines.size;
    return {
      interactive: Math.min(this.#waiting.interactive, inTheirTurns),
      bulk: Math.min(this.#waiting.bulk, inTheirTurns),
    };
  }

  /** Resolves when something can be taken. Rejects with the signal's reason when that fires first. */
  async ready(signal: AbortSignal): Promise<void> {
    while (!this.hasReady) {
      const change = (this.#whenReady ??= Promise.withResolvers());
      await (this.#paced.size === 0
        ? abortable(change.promise, signal)
        : this.#untilPaced(change.promise, signal));
    }
  }

  /** Puts a job at the end of its recipient's line. */
  push(job: Job): void {
    const { phoneNumber } = job.message;
    let line = this.#lines.get(phoneNumber);
    if (!line) {
      line = { phoneNumber, jobs: [], interactive: 0, busy: false };
      this.#lines.set(phoneNumber, line);
    }
    line.jobs.push(job);
    this.#count(line, job, 1);
    this.#offer(line);
  }

  /**
   * Takes what one batch holds: a job of each ready recipient in turn, then a second of each, and so on, so that
   * nobody's long line keeps others out. The recipients are busy until {@link giveBack}.
   *
   * Jobs that may have little company only ride among themselves, every other time when others wait too.
   */
  take(bounds: BatchBounds): Job[] {
    this.#releasePaced();
    const [apart] = this.#ready.apart;
    const others = this.#ready.interactive.size + this.#ready.bulk.size;
    this.#apartLast = apart !== undefined && (others === 0 || !this.#apartLast);
    if (!apart || !this.#apartLast) {
      return this.#fill({ interactive: [...this.#ready.interactive], bulk: [...this.#ready.bulk] }, bounds);
    }
    const company = apart.jobs[0]?.maxCompany ?? 1;
    const companions = [...this.#ready.apart].filter((line) => line.jobs[0]?.maxCompany === company);
    const maxMessages = Math.min(bounds.maxMessages, company);
    return this.#fill({ interactive: companions, bulk: [] }, { ...bounds, maxMessages });
  }

  /**
   * Frees the recipients of a batch that was taken. `again` are those of its jobs that must be tried again: they go
   * to the front of their lines, in the order given.
   */
  giveBack(batch: readonly Job[], again: readonly Job[]): void {
    for (const job of again.toReversed()) {
      const line = this.#lines.get(job.message.phoneNumber);
      if (!line) continue;
      line.jobs.unshift(job);
      this.#count(line, job, 1);
    }
    for (const phoneNumber of new Set(batch.map((job) => job.message.phoneNumber))) {
      const line = this.#lines.get(phoneNumber);
      if (!line) continue;
      line.busy = false;
      this.#offer(line);
    }
  }

  /** Takes waiting jobs out of the queue: all that match, or those of the given ones that are in it. */
  withdraw(which: ((job: Job) => boolean) | ReadonlySet<Job>): Job[] {
    const given = typeof which === 'function' ? undefined : which;
    const matches = typeof which === 'function' ? which : (job: Job) => which.has(job);
    const lines = given ? this.#linesOf(given) : this.#lines.values();
    const withdrawn: Job[] = [];
    for (const line of lines) {
      const leaving = line.jobs.filter(matches);
      if (leaving.length === 0) continue;
      withdrawn.push(...leaving);
      line.jobs = line.jobs.filter((job) => !matches(job));
      for (const job of leaving) this.#count(line, job, -1);
      this.#offer(line);
    }
    return withdrawn;
  }

  async #untilPaced(change: Promise<void>, signal: AbortSignal): Promise<void> {
    const soonestMs = [...this.#paced.values()].reduce((soonest, moment) => Math.min(soonest, moment));
    const changed = new AbortController();
    const stop = AbortSignal.any([signal, changed.signal]);
    await Promise.race([this.#clock.sleep(soonestMs - this.#clock.monotonicMs(), stop), change]);
    changed.abort();
  }

  #count(line: Line, { traffic }: Job, change: 1 | -1): void {
    this.#waiting[traffic] += change;
    if (traffic === 'interactive') line.interactive += change;
  }

  #linesOf(jobs: ReadonlySet<Job>): Set<Line> {
    const lines = [...jobs].map((job) => this.#lines.get(job.message.phoneNumber));
    return new Set(lines.filter((line) => line !== undefined));
  }

  /** Goes round the lines in turn. A line with more jobs goes to the end of the round; who does not fit ends the batch. */
  #fill(rounds: Record<Traffic, Line[]>, bounds: BatchBounds): Job[] {
    const batch: Job[] = [];
    const next = { interactive: 0, bulk: 0 };
    let bodyBytes = 0;
    while (batch.length < bounds.maxMessages) {
      const traffic = this.#nextPlace(rounds, next);
      const line = rounds[traffic][next[traffic]];
      const job = line?.jobs[0];
      if (!line || !job) break;
      if (batch.length > 0 && bodyBytes + job.bodyBytes > bounds.maxBodyBytes) break;
      next[traffic] += 1;
      line.jobs.shift();
      line.busy = true;
      this.#leaveReady(line);
      this.#count(line, job, -1);
      this.#pacing?.took(line.phoneNumber);
      bodyBytes += job.bodyBytes;
      batch.push(job);
      const following = line.jobs[0];
      const mayFollow = following?.maxCompany === job.maxCompany && this.#paceMs(line) === 0;
      if (mayFollow) rounds[traffic].push(line);
    }
    return batch;
  }

  #nextPlace(rounds: Record<Traffic, Line[]>, next: Record<Traffic, number>): Traffic {
    if (next.bulk >= rounds.bulk.length) return 'interactive';
    if (next.interactive >= rounds.interactive.length) return 'bulk';
    this.#places = (this.#places + 1) % PLACES_PER_BULK_PLACE;
    return this.#places === 0 ? 'bulk' : 'interactive';
  }

  #offer(line: Line): void {
    if (line.jobs.length === 0) {
      this.#leaveReady(line);
      if (!line.busy) this.#lines.delete(line.phoneNumber);
      return;
    }
    if (line.busy) return;
    const waitMs = this.#paceMs(line);
    if (waitMs > 0) {
      this.#paced.set(line, this.#clock.monotonicMs() + waitMs);
    } else {
      const lane = laneOf(line);
      // Not moved when it is there already: its turn stays.
      if (!this.#ready[lane].has(line)) {
        this.#leaveReady(line);
        this.#ready[lane].add(line);
      }
    }
    this.#whenReady?.resolve();
    this.#whenReady = undefined;
  }

  #releasePaced(): void {
    if (this.#paced.size === 0) return;
    const nowMs = this.#clock.monotonicMs();
    for (const [line, untilMs] of this.#paced) {
      if (untilMs > nowMs) continue;
      this.#paced.delete(line);
      this.#offer(line);
    }
  }

  #paceMs({ phoneNumber }: Line): number {
    return this.#pacing?.waitMs(phoneNumber) ?? 0;
  }

  #leaveReady(line: Line): void {
    for (const lane of Object.values(this.#ready)) lane.delete(line);
    this.#paced.delete(line);
  }
}

/** `apart`: suspected of having made the provider refuse a whole request. */
type Lane = Traffic | 'apart';

interface Line {
  readonly phoneNumber: string;
  jobs: Job[];
  /** How many of the jobs are interactive. */
  interactive: number;
  busy: boolean;
}

function laneOf({ jobs, interactive }: Line): Lane {
  if (jobs[0] && jobs[0].maxCompany < Infinity) return 'apart';
  return interactive > 0 ? 'interactive' : 'bulk';
}
