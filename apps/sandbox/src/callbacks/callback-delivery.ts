import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import type { Timers } from '../clock/timers.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { AttemptJournal } from './attempt-journal.ts';
import { CallbackPost } from './callback-post.ts';
import type { PostResult } from './callback-post.ts';
import type { Callback } from './callback.ts';
import { RETRY_OFFSETS_MS } from './retry-schedule.ts';

/** Delivers a callback at least once within the documented schedule, or not at all. */
@Injectable()
export class CallbackDelivery {
  #retrying = 0;
  #dropped = 0;

  constructor(
    private readonly settings: CurrentSettings,
    private readonly post: CallbackPost,
    private readonly journal: AttemptJournal,
    private readonly clock: Clock,
  ) {}

  /** Callbacks between two attempts, and those that found {@link MAX_RETRYING} of them and were given up. */
  get counts(): { readonly retrying: number; readonly dropped: number } {
    return { retrying: this.#retrying, dropped: this.#dropped };
  }

  /** Makes the first attempt. The retries, when it needs any, go on by themselves until the timers end. */
  async deliver(callback: Callback, timers: Timers): Promise<void> {
    const firstMs = this.clock.nowMs();
    if (await this.attempt(callback, 1)) return;
    if (this.#retrying >= MAX_RETRYING) this.#dropped += 1;
    else void this.retry(callback, { firstMs, timers });
  }

  private async retry(
    callback: Callback,
    { firstMs, timers }: { readonly firstMs: number; readonly timers: Timers },
  ): Promise<void> {
    this.#retrying += 1;
    for (const [index, offsetMs] of RETRY_OFFSETS_MS.entries()) {
      const dueMs = firstMs + offsetMs / this.settings.now.timeScale;
      if (!(await timers.sleep(Math.max(0, dueMs - this.clock.nowMs())))) break;
      if (await this.attempt(callback, index + 2)) break;
    }
    this.#retrying -= 1;
  }

  /** @returns whether the callback is delivered: answered with any 2xx */
  private async attempt({ event, key, body }: Callback, attempt: number): Promise<boolean> {
    const time = this.clock.now();
    const startedMs = this.clock.nowMs();
    const result = await this.post.post(body);
    this.journal.add({
      event,
      ...(key !== undefined && { key }),
      attempt,
      time,
      durationMs: Math.round(this.clock.nowMs() - startedMs),
      ...(result.kind === 'answered' ? { status: result.status } : { error: result.code }),
    });
    return isDelivered(result);
  }
}

const MAX_RETRYING = 10_000;

function isDelivered(result: PostResult): boolean {
  return result.kind === 'answered' && result.status >= 200 && result.status < 300;
}
