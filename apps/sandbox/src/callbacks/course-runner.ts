import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../clock/clock.ts';
import { Changes } from '../live/changes.ts';
import { MessageStore } from '../messages/message-store.ts';
import { CurrentSettings } from '../settings/current-settings.ts';
import type { Callback } from './callback.ts';
import { CallbackBook } from './callback-book.ts';
import { CallbackDelivery } from './callback-delivery.ts';
import type { Course } from './course.ts';
import { nextMs, skipMissedRetries, stateOf } from './retry-schedule.ts';

/**
 * Lets courses take place: each status at its time, each callback when it is due.
 *
 * The callbacks of one message to one receiver come one after the other: each waits until the one before it was
 * answered, or failed its first attempt and went on to its retries. So a receiver that is down for a while sees them
 * out of order, as it would with Insider. A callback is told at least once within the documented schedule, or not at
 * all: an attempt that the end of the process cut off is made again.
 */
@Injectable()
export class CourseRunner implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runs = new Map<Course, Run>();
  #timeScale: number;
  #ended = false;

  constructor(
    private readonly settings: CurrentSettings,
    private readonly messages: MessageStore,
    private readonly book: CallbackBook,
    private readonly delivery: CallbackDelivery,
    private readonly changes: Changes,
    private readonly clock: Clock,
  ) {
    this.#timeScale = settings.now.timeScale;
    settings.onChange(() => this.#followTimeScale());
  }

  /** Goes on with what an earlier process left. */
  onApplicationBootstrap(): void {
    for (const course of this.book.unfinished()) {
      this.#skipMissedRetries(course);
      this.start(course);
    }
  }

  /** Callbacks not posted yet, and those between two attempts. */
  get counts(): { readonly waiting: number; readonly retrying: number } {
    const counts = { waiting: 0, retrying: 0, delivered: 0, 'given-up': 0 };
    for (const { callbacks } of this.#runs.keys())
      for (const callback of callbacks) counts[stateOf(callback)] += 1;
    return counts;
  }

  start(course: Course): void {
    if (this.#ended) return;
    const run: Run = { course, statusesPast: 0, posting: new Set(), cancel: undefined };
    this.#runs.set(course, run);
    this.#wait(run);
  }

  /** Nothing more comes of any course; an attempt on its way is not heard of any more. */
  reset(): void {
    for (const { cancel } of this.#runs.values()) cancel?.();
    this.#runs.clear();
  }

  onModuleDestroy(): void {
    this.#ended = true;
    this.reset();
  }

  /** Does what is due, and waits for what is next. */
  #advance(run: Run): void {
    const nowMs = this.clock.nowMs();
    this.#tellStatuses(run, nowMs);
    for (const callback of run.course.callbacks)
      if (this.#nextMs(run, callback) <= nowMs) this.#post(run, callback);
    this.#wait(run);
  }

  /** One timer a course at most, so that thousands of messages a second cost little. */
  #wait(run: Run): void {
    run.cancel?.();
    run.cancel = undefined;
    const { callbacks, statuses } = run.course;
    const dueMs = Math.min(
      statuses[run.statusesPast]?.timeMs ?? Infinity,
      ...callbacks.map((callback) => this.#nextMs(run, callback)),
    );
    if (dueMs < Infinity)
      run.cancel = this.clock.after(Math.max(0, dueMs - this.clock.nowMs()), () => this.#advance(run));
    else if (run.posting.size === 0) this.#finish(run);
  }

  #tellStatuses(run: Run, nowMs: number): void {
    const { subject, statuses } = run.course;
    for (;;) {
      const planned = statuses[run.statusesPast];
      if (planned === undefined || planned.timeMs > nowMs) return;
      run.statusesPast += 1;
      const { status, timeMs, code } = planned;
      const key = subject.key ?? '';
      // After a restart those that were told before come again.
      if (this.messages.get(key)?.statuses.some((told) => told.status === status) === true) continue;
      this.messages.addStatus(key, { status, time: new Date(timeMs), ...(code !== undefined && { code }) });
    }
  }

  /** When the callback can be posted next; Infinity while it must wait for something else than time. */
  #nextMs({ course, posting }: Run, callback: Callback): number {
    if (posting.has(callback)) return Infinity;
    if (callback.attempts.length === 0 && !isFirstInLine(course, callback)) return Infinity;
    return nextMs(callback, this.#timeScale) ?? Infinity;
  }

  #post(run: Run, callback: Callback): void {
    const { course, posting } = run;
    posting.add(callback);
    void this.delivery.attempt(course, callback).then((attempt) => {
      // Reset or ended meanwhile: as if it had never been made.
      if (this.#runs.get(course) !== run) return;
      posting.delete(callback);
      callback.attempts.push(attempt);
      this.book.save(course);
      this.changes.noteConversation(course.subject.phoneNumber);
      this.#advance(run);
    });
  }

  #finish({ course }: Run): void {
    this.#runs.delete(course);
    this.book.finish(course);
  }

  /** What is still to come follows the new scale, counted from its first attempt as before. */
  #followTimeScale(): void {
    const { timeScale } = this.settings.now;
    if (timeScale === this.#timeScale) return;
    this.#timeScale = timeScale;
    for (const run of this.#runs.values()) {
      this.#skipMissedRetries(run.course);
      this.#wait(run);
    }
  }

  #skipMissedRetries({ callbacks }: Course): void {
    for (const callback of callbacks) skipMissedRetries(callback, this.clock.nowMs(), this.#timeScale);
  }
}

interface Run {
  readonly course: Course;
  statusesPast: number;
  readonly posting: Set<Callback>;
  cancel: (() => void) | undefined;
}

/** Whether all that the same receiver is told before has been attempted. */
function isFirstInLine({ callbacks }: Course, callback: Callback): boolean {
  for (const before of callbacks) {
    if (before === callback) return true;
    if (before.target === callback.target && before.attempts.length === 0) return false;
  }
  return true;
}
