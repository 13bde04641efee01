import { percentile } from '@parley/testing';
import type { FaultInjection } from './fault-injection.ts';
import { fitLine } from './resources.ts';
import type { Line, Resources } from './resources.ts';
import type { SoakRun } from './soak-run.ts';
import type { TrafficStage } from '../traffic/traffic-stage.ts';
import { tellLine } from './tell-line.ts';

/** Everything that a run found, in figures. */
export function tellFigures(
  { provider, traffic, poster, logs }: TrafficStage,
  faults: FaultInjection,
  run: SoakRun,
): void {
  const { findings, looks, liveMiB, lag, ...figures } = run;
  tellLine({
    faults: faults.counts,
    failures: faults.failures,
    requests: provider.arrivals.length,
    requestsNotTaken: provider.arrivals.filter(({ keys }) => keys.length === 0).length,
    messagesTaken: provider.arrivals.reduce((sum, { keys }) => sum + keys.length, 0),
    postedByHttp: countBy(traffic.posted.map(({ status }) => String(status))),
    callbacks: poster.deliveries.length,
    flagged: logs.flagged.size,
    logged: logs.counts,
    noise: logs.noise.length,
    lag: Number(lag),
    ...figures,
    ...lengths(findings),
  });
  const warm = looks.slice(Math.floor(looks.length / 2));
  const line = (of: (look: Resources) => number): Line =>
    fitLine(warm.map((look) => ({ x: look.atMs / HOUR_MS, y: of(look) })));
  tellLine({
    residentMiBPerHour: line(({ residentMiB }) => residentMiB),
    descriptorsPerHour: line(({ descriptors }) => descriptors),
    liveMiB: liveMiB.map(Math.round).join(' '),
    residentMiB: looks.map(({ residentMiB }) => Math.round(residentMiB)).join(' '),
    descriptors: looks.map(({ descriptors }) => descriptors).join(' '),
  });
}

/** From the third quarter of a run to the fourth, by their medians: what is held after a collection, and descriptors. */
export function growth({ looks, liveMiB }: Pick<SoakRun, 'looks' | 'liveMiB'>): Growth {
  const descriptors = looks.map((look) => look.descriptors);
  return { liveMiB: grown(liveMiB), descriptors: grown(descriptors) };
}

interface Growth {
  readonly liveMiB: number;
  readonly descriptors: number;
}

function grown(values: readonly number[]): number {
  const quarter = values.length / 4;
  const median = (nth: number): number =>
    percentile(values.slice(Math.floor(nth * quarter), Math.floor((nth + 1) * quarter)), 0.5);
  return median(3) - median(2);
}

const HOUR_MS = 3_600_000;

function lengths(found: object): Record<string, unknown> {
  const counts = Object.entries(found).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? value.length : value,
  ]);
  return Object.fromEntries(counts) as Record<string, unknown>;
}

function countBy(names: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, of]) => [name, of.length]));
}
