import type { Attempt, Delivery } from './callback-poster.ts';
import { idOf } from './status-callback.ts';

/** What was posted and not answered with 2xx when something died under it: nobody knows how far it had got. */
export function idsUnderWay(deliveries: readonly Delivery[], deaths: readonly Death[]): ReadonlySet<string> {
  const fellTo = (attempt: Attempt, death: Death): boolean =>
    attempt.status !== 200 &&
    (death.target ?? attempt.target) === attempt.target &&
    attempt.beganAtMs <= death.endedAtMs &&
    attempt.endedAtMs >= death.beganAtMs;
  const hit = deliveries.filter(({ attempts }) =>
    attempts.some((attempt) => deaths.some((death) => fellTo(attempt, death))),
  );
  return new Set(hit.map(({ callback }) => idOf(callback)));
}

/** The end of a process, from the order to when it was gone. */
export interface Death {
  /** Index of the gateway; undefined when it was something behind all of them. */
  readonly target?: number;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
}
