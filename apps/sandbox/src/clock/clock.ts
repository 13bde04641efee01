import { Injectable } from '@nestjs/common';

/** Time as the sandbox knows it; tests put their own in its place. */
@Injectable()
export class Clock {
  /**
   * Milliseconds since 1970 that only ever go forward: the time of day when the process started, and from then on what
   * has passed. So a duration never jumps, and what is stored still means something after a restart.
   */
  nowMs(): number {
    return performance.timeOrigin + performance.now();
  }

  /** The same, for telling. */
  now(): Date {
    return new Date(this.nowMs());
  }

  /** Does something once, later. @returns takes it back */
  after(delayMs: number, act: () => void): () => void {
    const timer = setTimeout(act, Math.min(MAX_DELAY_MS, Math.ceil(delayMs)));
    return () => clearTimeout(timer);
  }
}

/** What setTimeout can wait; whoever is woken early looks at the clock and waits again. */
const MAX_DELAY_MS = 2_147_483_647;
