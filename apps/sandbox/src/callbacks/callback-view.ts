import type { Callback, CallbackName } from './callback.ts';
import { bodyOf } from './callback-body.ts';
import type { Course } from './course.ts';
import { nextMs, stateOf } from './retry-schedule.ts';
import type { CallbackState } from './retry-schedule.ts';

/** A callback as it is shown. */
export interface CallbackView {
  readonly id: string;
  readonly event: CallbackName;
  readonly key?: string;
  readonly url: string;
  readonly body: object;
  readonly state: CallbackState;
  readonly attempts: readonly AttemptView[];
  readonly nextTime?: Date;
}

export interface AttemptView {
  /** 1 is the first; up to 10 retries follow. */
  readonly attempt: number;
  readonly time: Date;
  readonly durationMs: number;
  readonly status?: number;
  readonly error?: string;
}

export function viewOf(course: Course, callback: Callback, timeScale: number): CallbackView {
  const next = nextMs(callback, timeScale);
  const { key } = course.subject;
  return {
    id: `${course.id}-${course.callbacks.indexOf(callback) + 1}`,
    event: callback.event,
    ...(key !== undefined && { key }),
    url: callback.url,
    body: bodyOf(course, callback),
    state: stateOf(callback),
    attempts: callback.attempts.map(({ timeMs, ...attempt }, index) => ({
      attempt: index + 1,
      time: new Date(timeMs),
      ...attempt,
    })),
    ...(next !== undefined && { nextTime: new Date(next) }),
  };
}
