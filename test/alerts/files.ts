import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REPOSITORY } from '../processes/service-process.ts';

const CHART_FILES = join(REPOSITORY, 'deploy/helm/parley/files');

/** Where the alerting rules stand. */
export const ALERTS_PATH = join(CHART_FILES, 'alerts.yaml');
export const RUNBOOKS_FOLDER = join(REPOSITORY, 'docs/runbooks');

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export function readAlerts(): readonly Alert[] {
  const { groups } = parse(readFileSync(ALERTS_PATH, 'utf8')) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** Files for `promtool test rules`. */
export function ruleTestPaths(): readonly string[] {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.yaml'));
  return names.map((name) => join(import.meta.dirname, name));
}

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant: boolean;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly noValue?: string } };
  readonly targets?: readonly Target[];
}

export interface Dashboard {
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly allValue?: string;
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(join(CHART_FILES, 'dashboard.json'), 'utf8')) as Dashboard;
}

/** The query as Grafana would send it with all of each variable chosen. */
export function withVariables(expr: string, rateInterval: string): string {
  const all = readDashboard().templating.list.map(({ name, allValue = '' }) => [name, allValue] as const);
  const values = new Map([...all, ['__rate_interval', rateInterval]]);
  return expr.replace(/\$(\w+)/g, (written, name: string) => values.get(name) ?? written);
}
