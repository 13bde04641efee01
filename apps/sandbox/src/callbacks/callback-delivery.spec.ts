import { beforeEach, describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Clock } from '../clock/clock.ts';
import { Timers } from '../clock/timers.ts';
import { Configuration } from '../configuration/configuration.ts';
import { Changes } from '../live/changes.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import { Settings } from '../settings/settings.ts';
import { AttemptJournal } from './attempt-journal.ts';
import { CallbackDelivery } from './callback-delivery.ts';
import { CallbackPost } from './callback-post.ts';
import type { PostResult } from './callback-post.ts';
import type { Callback } from './callback.ts';

const MINUTE_MS = 60_000;
const CALLBACK: Callback = { event: 'sent', key: 'whatsapp-1', body: { hello: 'webhook' } };

/** Nobody waits: each sleep sets the clock to its end. */
class JumpingClock extends Clock {
  ms = 0;
  override nowMs(): number {
    return this.ms;
  }
  override now(): Date {
    return new Date(this.ms);
  }
}

class JumpingTimers extends Timers {
  readonly #clock: JumpingClock;
  constructor(clock: JumpingClock) {
    super();
    this.#clock = clock;
  }
  override sleep(delayMs: number): Promise<boolean> {
    this.#clock.ms += delayMs;
    return super.sleep(0);
  }
}

class ScriptedPost extends CallbackPost {
  readonly postedMs: number[] = [];
  takesMs = 0;
  readonly #clock: JumpingClock;
  readonly #answer: (attempt: number) => PostResult;
  constructor(clock: JumpingClock, answer: (attempt: number) => PostResult) {
    super(new Configuration());
    this.#clock = clock;
    this.#answer = answer;
  }
  override post(): Promise<PostResult> {
    this.postedMs.push(this.#clock.ms);
    this.#clock.ms += this.takesMs;
    return Promise.resolve(this.#answer(this.postedMs.length));
  }
}

describe('CallbackDelivery', () => {
  let clock: JumpingClock;
  let journal: AttemptJournal;
  let timers: Timers;
  beforeEach(() => {
    clock = new JumpingClock();
    journal = new AttemptJournal();
    timers = new JumpingTimers(clock);
  });

  function delivery(post: CallbackPost, timeScale = 1): CallbackDelivery {
    const settings = new CurrentSettings(Object.assign(new Settings(), { timeScale }), new Changes());
    return new CallbackDelivery(settings, post, journal, clock);
  }

  /** Until the retries have come to their end. */
  async function deliver(deliveries: CallbackDelivery): Promise<void> {
    await deliveries.deliver(CALLBACK, timers);
    for (let turn = 0; turn < 1_000 && deliveries.counts.retrying > 0; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 1));
    expect(deliveries.counts).toEqual({ retrying: 0, dropped: 0 });
  }

  it('retries ten times at the documented minutes after the first attempt, then gives up', async () => {
    const post = new ScriptedPost(clock, () => ({ kind: 'answered', status: 500 }));
    await deliver(delivery(post));
    expect(post.postedMs.map((ms) => ms / MINUTE_MS)).toEqual([0, 1, 2, 3, 8, 13, 18, 28, 38, 48, 60]);
  });

  it('counts from the first attempt, however long the attempts take', async () => {
    const post = new ScriptedPost(clock, () => ({ kind: 'failed', code: 'TimeoutError' }));
    post.takesMs = 10_000;
    await deliver(delivery(post));
    expect(post.postedMs.map((ms) => ms / MINUTE_MS)).toEqual([0, 1, 2, 3, 8, 13, 18, 28, 38, 48, 60]);
  });

  it('passes a documented minute in a second with a time scale of 60', async () => {
    const post = new ScriptedPost(clock, () => ({ kind: 'answered', status: 503 }));
    await deliver(delivery(post, 60));
    expect(post.postedMs).toEqual([0, 1, 2, 3, 8, 13, 18, 28, 38, 48, 60].map((seconds) => seconds * 1000));
  });

  it.each([200, 201, 204, 299])('ends with the first %d', async (status) => {
    const post = new ScriptedPost(clock, (attempt) => ({
      kind: 'answered',
      status: attempt < 3 ? 500 : status,
    }));
    await deliver(delivery(post));
    expect(post.postedMs).toHaveLength(3);
  });

  it.each([199, 300, 302, 401, 404, 503])('does not end with a %d', async (status) => {
    const post = new ScriptedPost(clock, () => ({ kind: 'answered', status }));
    await deliver(delivery(post));
    expect(post.postedMs).toHaveLength(11);
  });

  it('keeps every attempt with its answer', async () => {
    const answers: readonly PostResult[] = [
      { kind: 'failed', code: 'ECONNREFUSED' },
      { kind: 'answered', status: 503 },
      { kind: 'answered', status: 200 },
    ];
    const post = new ScriptedPost(clock, (attempt) => answers[attempt - 1] ?? { kind: 'failed', code: 'X' });
    post.takesMs = 5;
    await deliver(delivery(post));
    expect(journal.latest({ limit: 10 })).toEqual([
      {
        event: 'sent',
        key: 'whatsapp-1',
        attempt: 1,
        time: new Date(0),
        durationMs: 5,
        error: 'ECONNREFUSED',
      },
      { event: 'sent', key: 'whatsapp-1', attempt: 2, time: new Date(60_000), durationMs: 5, status: 503 },
      { event: 'sent', key: 'whatsapp-1', attempt: 3, time: new Date(120_000), durationMs: 5, status: 200 },
    ]);
  });

  it('makes no attempt after the timers have ended', async () => {
    const post = new ScriptedPost(clock, () => ({ kind: 'answered', status: 500 }));
    timers.end();
    await deliver(delivery(post));
    expect(post.postedMs).toHaveLength(1);
  });
});
