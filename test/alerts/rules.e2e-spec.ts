import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { ALERTS_PATH, readDashboard, ruleTestPaths, withVariables } from './files.ts';
import { preparePrometheus } from './prometheus.ts';
import type { Prometheus } from './prometheus.ts';

const TEST_TIMEOUT_MS = 60_000;

const prepared = await preparePrometheus();
const describeWithPrometheus = prepared.kind === 'ready' ? describe : describe.skip;
const skipped = prepared.kind === 'absent' ? ` (skipped: ${prepared.why})` : '';

describeWithPrometheus(`promtool (needs Debian’s Prometheus)${skipped}`, () => {
  it('finds no fault with the alert rules', async () => {
    expect(await prometheus().promtool(['check', 'rules', ALERTS_PATH])).toContain('SUCCESS');
  });

  it.each(ruleTestPaths().map((path) => [basename(path), path]))(
    'sees each alert of %s fire, and not fire beside its threshold',
    async (_name, path) => {
      expect(await prometheus().promtool(['test', 'rules', path])).toContain('SUCCESS');
    },
    TEST_TIMEOUT_MS,
  );

  it('reads every query of the dashboard', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-queries-'));
    try {
      const targets = readDashboard().panels.flatMap((panel) => panel.targets ?? []);
      const rules = targets.map(({ expr }, index) => ({
        record: `query:${index}`,
        expr: withVariables(expr, '5m'),
      }));
      const path = join(folder, 'queries.yaml');
      await writeFile(path, stringify({ groups: [{ name: 'dashboard', rules }] }));
      expect(await prometheus().promtool(['check', 'rules', path])).toContain('SUCCESS');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

function prometheus(): Prometheus {
  if (prepared.kind === 'absent') throw new Error(prepared.why);
  return prepared.prometheus;
}
