import type { TrafficFindings, TrafficHistory, TroubleTime } from '../traffic/traffic-findings.ts';
import { tellLine } from './tell-line.ts';

/** How long before a moment a trouble must have been over to have nothing to do with it. */
const MEMORY_MS = 30_000;
const MOST_LINES = 10;
const SECOND_MS = 1_000;

export interface Doubts {
  readonly history: TrafficHistory;
  readonly findings: TrafficFindings;
  /** On the machine's monotonic clock. */
  readonly departures: readonly number[];
  readonly limitPerSecond: number;
  readonly startedMs: number;
}

/** For who finds a run failed: what arrived twice without a word, and the seconds that held too much, each with its troubles. */
export function tellDoubts({ history, findings, departures, limitPerSecond, startedMs }: Doubts): void {
  const at = (atMs: number): number => Math.round(atMs - startedMs) / SECOND_MS;
  const before = (atMs: number): string[] =>
    history.troubles
      .filter(({ fromMs, toMs }) => fromMs <= atMs && toMs + MEMORY_MS >= atMs)
      .map(({ trouble, fromMs, toMs }: TroubleTime) => `${trouble} ${at(fromMs)}–${at(toMs)}`);
  for (const id of [...findings.doubledReports, ...findings.doubledUnflagged].slice(0, MOST_LINES)) {
    const arrivals = history.arrivals.filter(({ bodies, keys }) => keys.length > 0 && bodies.includes(id));
    tellLine({
      doubled: id,
      arrivals: arrivals.map(({ atMs, from, mood }) => `${at(atMs)} ${from} ${mood}`),
      troubles: arrivals.flatMap(({ atMs }) => before(atMs)),
    });
  }
  for (const fromMs of fullSeconds(departures, limitPerSecond).slice(0, MOST_LINES)) {
    const requests = departures.filter((atMs) => atMs >= fromMs && atMs < fromMs + SECOND_MS);
    tellLine({ fullSecond: requests.toSorted((a, b) => a - b).map(at), troubles: before(fromMs) });
  }
}

/** Where seconds begin that hold more than they may, each of them apart from the one before. */
function fullSeconds(departures: readonly number[], limitPerSecond: number): number[] {
  const sorted = departures.toSorted((a, b) => a - b);
  const full: number[] = [];
  for (const [index, fromMs] of sorted.entries()) {
    const isFull = (sorted[index + limitPerSecond] ?? Infinity) < fromMs + SECOND_MS;
    if (isFull && fromMs >= (full.at(-1) ?? -Infinity) + SECOND_MS) full.push(fromMs);
  }
  return full;
}
