import { describe, expect, it } from '@jest/globals';
import { readDashboard } from './files.ts';
import type { Panel } from './files.ts';
import { isOfGateways, unknownGroupings, unknownIn } from './known-metrics.ts';

const { panels, schemaVersion, templating } = readDashboard();
const SHOWN = panels.filter(({ type }) => type !== 'row');

/** As Grafana counts them. */
const COLUMNS = 24;

const SECTIONS = [
  'Is the limit used?',
  'Is anything waiting, and for how long?',
  'Who is refused, and why?',
  'Are statuses flowing?',
  'Is the spool filling?',
  'Consumer',
  'Doors',
  'Process',
];

describe('The dashboard', () => {
  it('answers the questions of whoever runs a gateway, in this order', () => {
    const rows = panels.filter(({ type }) => type === 'row').toSorted((a, b) => a.gridPos.y - b.gridPos.y);
    expect(rows.map(({ title }) => title)).toEqual(SECTIONS);
  });

  it('is of a schema that Grafana 11 reads, and leaves data source, account and instance to be chosen', () => {
    expect(schemaVersion).toBeGreaterThanOrEqual(39);
    expect(templating.list.map(({ name }) => name)).toEqual([
      'datasource',
      'namespace',
      'account',
      'instance',
    ]);
  });

  it('has an id for each panel, and no two in one place', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const places = panels.flatMap(cellsOf);
    expect(new Set(places).size).toBe(places.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(COLUMNS);
  });

  it.each(SHOWN)('$title has a unit, says what it shows, and names its lines', (panel) => {
    const { description, fieldConfig, targets = [] } = panel;
    expect(description).toMatch(/\.$/);
    expect(fieldConfig?.defaults.unit).toMatch(/./);
    expect(targets.length).toBeGreaterThan(0);
    for (const { legendFormat } of targets) expect(legendFormat).toMatch(/./);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  });

  it.each(SHOWN)(
    '$title asks for metrics and labels that gateways have, of what was chosen',
    ({ targets = [] }) => {
      for (const { expr, legendFormat } of targets) {
        expect(isOfGateways(expr)).toBe(true);
        expect([...unknownIn(expr), ...unknownGroupings(expr)]).toEqual([]);
        expect(
          expr.match(/\{[^}]*\}/g)?.every((selector) => selector.includes('instance=~"$instance"')),
        ).toBe(true);
        // A line is named by what the query parts its results by.
        for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
          expect(expr).toMatch(new RegExp(`by \\([^)]*\\b${label}\\b[^)]*\\)`));
      }
    },
  );
});

function cellsOf({ gridPos: { x, y, w, h } }: Panel): string[] {
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`);
}
