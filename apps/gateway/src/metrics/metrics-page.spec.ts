import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Metrics } from './metrics.ts';

const PAGE = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');

const ROWS = PAGE.split('\n').flatMap((line) => {
  const [, name, type, labels] = /^\| `(parley_\w+)` +\| (\w+) +\| (.+?) +\|/.exec(line) ?? [];
  return name && type && labels ? [{ name, type, labels: labels.match(/\w+(?=`)/g) ?? [] }] : [];
});

describe('docs/metrics.md', () => {
  it('has one row for each metric, with its type and labels, and for nothing else', () => {
    const { registry } = new Metrics();
    const own = (registry.getMetricsAsArray() as unknown as readonly Described[])
      .filter(({ name }) => name.startsWith('parley_'))
      .map(({ name, type, labelNames }) => ({ name, type, labels: [...labelNames] }));
    expect(ROWS).toEqual(own);
    expect(PAGE.match(/^\| `parley_/gm)).toHaveLength(ROWS.length);
  });
});

/** What a metric knows of itself beside what its types say. */
interface Described {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}
