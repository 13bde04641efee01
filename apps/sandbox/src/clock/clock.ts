import { Injectable } from '@nestjs/common';
import { Timers } from './timers.ts';

/** Time as the sandbox knows it; tests put their own in its place. */
@Injectable()
export class Clock {
  /** Milliseconds that only ever go forward, for measuring. */
  nowMs(): number {
    return performance.now();
  }

  /** The time of day, for telling. */
  now(): Date {
    return new Date();
  }

  startTimers(): Timers {
    return new Timers();
  }
}
