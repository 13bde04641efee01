import { Injectable } from '@nestjs/common';
import { CurrentSettings } from '../settings/current-settings.ts';
import { StateFile } from '../state/state-file.ts';
import type { Collection } from '../state/state-file.ts';
import { viewOf } from './callback-view.ts';
import type { AttemptView, CallbackView } from './callback-view.ts';
import type { Course } from './course.ts';
import { isTold } from './course.ts';

/** One attempt at one callback, in a flat list. */
export type CallbackAttemptView = AttemptView & Pick<CallbackView, 'event' | 'key'>;

/**
 * The courses of texts with their callbacks, those to come and those that are over, up to {@link MAX_CALLBACKS}; then
 * what was over first makes room, and when nothing is over the new one is not taken. All of it survives a restart.
 */
@Injectable()
export class CallbackBook {
  readonly #courses = new Map<string, Course>();
  /** What is over, in the order it was; those before the head have made room. */
  #over: Course[] = [];
  #head = 0;
  #size = 0;
  readonly #kept: Collection<Course>;

  constructor(
    private readonly settings: CurrentSettings,
    state: StateFile,
  ) {
    this.#kept = state.collection('courses');
    for (const course of this.#kept.load()) {
      this.#courses.set(course.id, course);
      this.#size += sizeOf(course);
      if (isTold(course)) this.#over.push(course);
    }
  }

  /** Those that are not over, oldest first: at the start, what an earlier process left to be done. */
  *unfinished(): Iterable<Course> {
    for (const course of this.#courses.values()) if (!isTold(course)) yield course;
  }

  /** @returns false when there is no room: then it is not kept, and nothing may come of it */
  add(course: Course): boolean {
    const size = sizeOf(course);
    while (this.#size + size > MAX_CALLBACKS && this.#head < this.#over.length) this.#dropOldest();
    if (this.#size + size > MAX_CALLBACKS) return false;
    this.#courses.set(course.id, course);
    this.#size += size;
    this.#kept.put(course.id, course);
    return true;
  }

  /** To be called when a callback of it was attempted. */
  save(course: Course): void {
    this.#kept.put(course.id, course);
  }

  /** Nothing more comes of it. One without callbacks is forgotten. */
  finish(course: Course): void {
    if (course.callbacks.length > 0) this.#over.push(course);
    else this.#drop(course);
  }

  /** The newest callbacks, oldest first. */
  find({ key, limit }: { readonly key?: string; readonly limit: number }): readonly CallbackView[] {
    if (key !== undefined) return this.byKey(key).slice(-limit);
    const views: CallbackView[] = [];
    for (const course of [...this.#courses.values()].reverse()) {
      if (views.length >= limit) break;
      views.push(...this.#viewsOf(course).toReversed());
    }
    return views.slice(0, limit).reverse();
  }

  /** Of one message, in the order they are due. */
  byKey(key: string): readonly CallbackView[] {
    const course = this.#courses.get(key);
    return course?.subject.key === key ? this.#viewsOf(course) : [];
  }

  /** All attempts at the callbacks that {@link find} finds, in the order they were made. */
  attempts(query: { readonly key?: string; readonly limit: number }): readonly CallbackAttemptView[] {
    return this.find(query)
      .flatMap(({ event, key, attempts }) =>
        attempts.map((attempt) => ({ event, ...(key !== undefined && { key }), ...attempt })),
      )
      .sort((one, other) => one.time.getTime() - other.time.getTime());
  }

  clear(): void {
    this.#courses.clear();
    this.#over = [];
    this.#head = 0;
    this.#size = 0;
    this.#kept.clear();
  }

  #viewsOf(course: Course): readonly CallbackView[] {
    return course.callbacks.map((callback) => viewOf(course, callback, this.settings.now.timeScale));
  }

  #dropOldest(): void {
    const oldest = this.#over[this.#head];
    this.#head += 1;
    if (oldest !== undefined) this.#drop(oldest);
    // Once in a while, so that each drop costs a step and not a copy.
    if (this.#head < 1_024) return;
    this.#over = this.#over.slice(this.#head);
    this.#head = 0;
  }

  #drop(course: Course): void {
    if (!this.#courses.delete(course.id)) return;
    this.#size -= sizeOf(course);
    this.#kept.delete(course.id);
  }
}

export const MAX_CALLBACKS = 50_000;

/** A course without callbacks takes a place as well: it has statuses to come. */
export function sizeOf({ callbacks }: Course): number {
  return Math.max(1, callbacks.length);
}
