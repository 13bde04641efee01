import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rowsOf } from '@parley/testing';
import { REPOSITORY } from '../processes/service-process.ts';

/** What the targets of Prometheus have beside what a gateway tells of itself. */
const TARGET_LABELS = ['namespace', 'instance', 'job'];

const PROCESS_METRIC = /^(process|nodejs)_\w+$/;

/** Each sample's name with its labels, by docs/metrics.md, which another test holds against the code. */
const SAMPLES: ReadonlyMap<string, readonly string[]> = samples();

/** Metrics in a text that no gateway has, and labels in queries of them that they do not have. */
export function unknownIn(text: string): readonly string[] {
  const named = [...text.matchAll(/\b(parley_[a-z0-9_]+)(?:\{([^}]*)\})?/g)];
  return named.flatMap(([, name = '', matchers = '']) => {
    const labels = SAMPLES.get(name);
    if (!labels) return [name];
    const asked = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label);
    const known = [...labels, ...TARGET_LABELS];
    return asked.filter((label) => !known.includes(label)).map((label) => `${name}{${label}}`);
  });
}

/** Whether a query asks for something of which gateways, or Prometheus of gateways, tell. */
export function isOfGateways(expr: string): boolean {
  const [first = ''] = /\b(parley|process|nodejs)_\w+|\bup\b/.exec(expr) ?? [];
  return first === 'up' || first.startsWith('parley_') || PROCESS_METRIC.test(first);
}

/** Labels by which a query sums up, or joins, that none of its metrics has. */
export function unknownGroupings(expr: string): readonly string[] {
  const named = [...expr.matchAll(/\bparley_[a-z0-9_]+/g)].flatMap(([name]) => SAMPLES.get(name) ?? []);
  const known = [...named, ...TARGET_LABELS, 'le'];
  const groupings = [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(','),
  );
  return groupings.map((label) => label.trim()).filter((label) => label !== '' && !known.includes(label));
}

function samples(): Map<string, readonly string[]> {
  const page = readFileSync(join(REPOSITORY, 'docs/metrics.md'), 'utf8');
  const rows = rowsOf(page, ['Metric', 'Type', 'Labels', 'Meaning']);
  return new Map(
    rows.flatMap(([metric = '', type = '', labels = '']): [string, readonly string[]][] => {
      const name = metric.replaceAll('`', '');
      const own: readonly string[] = labels.match(/\w+(?=`)/g) ?? [];
      if (type !== 'histogram') return [[name, own]];
      // The documentation may name the whole; queries ask for its parts.
      return [
        [name, own],
        [`${name}_sum`, own],
        [`${name}_count`, own],
        [`${name}_bucket`, [...own, 'le']],
      ];
    }),
  );
}
