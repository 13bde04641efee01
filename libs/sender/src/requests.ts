import { abortable } from './abortable.ts';
import type { Clock } from './clock.ts';
import type { Endings } from './endings.ts';
import type { SenderEvent } from './events.ts';
import type { Job } from './job.ts';
import type { Permit, Permits } from './permits.ts';
import type { Provider, ProviderAnswer } from './provider.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface RequestParts {
  readonly account: string;
  readonly permits: Permits;
  readonly budget: RetryBudget;
  readonly provider: Provider;
  readonly endings: Endings;
  readonly clock: Clock;
  readonly onEvent: (event: SenderEvent) => void;
}

/** A request that was made. Its jobs are marked as being in it until whoever acts on the answer frees them. */
export interface AnsweredRequest {
  readonly jobs: readonly Job[];
  readonly answer: Exclude<ProviderAnswer, { kind: 'cancelled' }>;
  readonly departedMs: number;
}

export interface Leave {
  readonly permit: Permit;
  /** When the jobs were taken from the queue, on the monotonic clock. */
  readonly takenMs: number;
  /** Asked until the tick in which the request is written. */
  readonly isAllowed: () => boolean;
  readonly signal: AbortSignal;
}

/** Makes one account's requests, each at the moment of its permit. */
export class Requests {
  readonly #parts: RequestParts;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  /**
   * One request for the jobs, at its permit. What was given up, or expired, by the tick in which the request is written
   * is not in it. Undefined when nothing was written: there was nothing left to send, the permit was missed or revoked,
   * it was not allowed any more, or the signal fired. Nobody waits for another permit here, where ids are claimed.
   */
  async make(candidates: readonly Job[], leave: Leave): Promise<AnsweredRequest | undefined> {
    const { provider } = this.#parts;
    const { permit, isAllowed, signal } = leave;
    try {
      const jobs = await this.#stillWanted(candidates);
      if (jobs.length === 0 || !isAllowed()) return undefined;
      if (await permit.due()) {
        const answered = await this.#request(jobs, leave);
        if (answered) return answered;
      }
      permit.giveBack();
      // A connection that took too long to open is there next time.
      await abortable(provider.warm?.() ?? Promise.resolve(), signal);
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      permit.giveBack();
    }
  }

  /** Undefined when it was not allowed to leave. */
  async #request(
    jobs: readonly Job[],
    { permit, takenMs, isAllowed, signal }: Leave,
  ): Promise<AnsweredRequest | undefined> {
    const { account, permits, budget, provider, clock, onEvent } = this.#parts;
    const waitedMs = clock.monotonicMs() - takenMs;
    let departedMs: number | undefined;
    const mayLeave = () => {
      const nowMs = clock.monotonicMs();
      if (!isAllowed() || !jobs.every((job) => job.wanted && job.expiresAtMs > nowMs)) return false;
      if (!permit.use()) return false;
      for (const job of jobs) job.inRequest = true;
      departedMs = nowMs;
      return true;
    };
    const messages = jobs.map((job) => job.message);
    const answer = await provider.send(messages, { signal, mayLeave }).then(
      (answered) => withFittingKeys(answered, jobs.length),
      // A provider that throws broke its contract, and how far the request got cannot be known once it left.
      (): ProviderAnswer => ({
        kind: departedMs === undefined ? 'unavailable' : 'ambiguous',
        message: 'the request failed in an unforeseen way',
      }),
    );
    if (answer.kind === 'cancelled') return undefined;
    const nowMs = clock.monotonicMs();
    const durationMs = departedMs === undefined ? undefined : nowMs - departedMs;
    const repeated = jobs.filter((job) => job.attempts > 0).length;
    for (const job of jobs) job.attempts += 1;
    if (answer.kind === 'accepted' && durationMs !== undefined) permits.answered(durationMs);
    if (repeated < jobs.length) budget.earn();
    onEvent({
      kind: 'attempted',
      account,
      messages: jobs.length,
      repeated,
      answer: answer.kind,
      ...('message' in answer && { detail: answer.message }),
      ...('providerCode' in answer && answer.providerCode !== undefined && { code: answer.providerCode }),
      waitedMs,
      ...(durationMs !== undefined && { durationMs }),
      totalMs: nowMs - takenMs,
      traceparents: messages.flatMap(({ traceparent }) => traceparent ?? []),
    });
    return { jobs, answer, departedMs: departedMs ?? nowMs };
  }

  /** Leaves out what was cancelled or expired since it was taken: nothing is written for it. */
  async #stillWanted(jobs: readonly Job[]): Promise<readonly Job[]> {
    const nowMs = this.#parts.clock.monotonicMs();
    await this.#parts.endings.expire(jobs.filter((job) => job.wanted && job.expiresAtMs <= nowMs));
    return jobs.filter((job) => job.wanted);
  }
}

function withFittingKeys(answer: ProviderAnswer, messages: number): ProviderAnswer {
  if (answer.kind !== 'accepted' || answer.keys.length === messages) return answer;
  return { kind: 'ambiguous', message: `${answer.keys.length} keys for ${messages} messages` };
}
