import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { rowsOf } from '@parley/testing';
import { REPOSITORY } from '../processes/service-process.ts';
import { RUNBOOKS_FOLDER, readAlerts, ruleTestPaths } from './files.ts';
import { isOfGateways, unknownGroupings, unknownIn } from './known-metrics.ts';

const ALERTS = readAlerts();
const SECTIONS = ['Who is affected', 'Look at', 'Do', 'When it is over', 'What makes it false'];

/** Of an alert, such as `parley-redis-away.md`. */
function runbookOf(alert: string): string {
  return `${alert.replace(/(?<!^)(?=[A-Z])/g, '-').toLowerCase()}.md`;
}

function pageOf(runbook: string): string {
  return readFileSync(join(RUNBOOKS_FOLDER, runbook), 'utf8');
}

describe('Alert rules', () => {
  it('each have a runbook, and each runbook has an alert', () => {
    expect(ALERTS.map(({ alert }) => runbookOf(alert)).toSorted()).toEqual(
      readdirSync(RUNBOOKS_FOLDER).toSorted(),
    );
  });

  it.each(ALERTS)('$alert says how urgent it is, what it means, and where to read on', (rule) => {
    const { alert, labels, annotations } = rule;
    expect(['page', 'ticket']).toContain(labels['severity']);
    expect(annotations).toEqual({
      summary: expect.stringMatching(/./),
      description: expect.stringMatching(/\.$/),
      runbook_url: `docs/runbooks/${runbookOf(alert)}`,
    });
  });

  it.each(ALERTS)('$alert asks for metrics and labels that gateways have', ({ expr }) => {
    expect(isOfGateways(expr)).toBe(true);
    expect([...unknownIn(expr), ...unknownGroupings(expr)]).toEqual([]);
  });

  it('stand in docs/metrics.md, each with its urgency, and no other does', () => {
    const page = readFileSync(join(REPOSITORY, 'docs/metrics.md'), 'utf8');
    expect(
      rowsOf(page, ['Alert', 'Urgency', 'Fires when']).map(([alert, urgency]) => [alert, urgency]),
    ).toEqual(
      ALERTS.map(({ alert, labels }) => [`[${alert}](runbooks/${runbookOf(alert)})`, labels['severity']]),
    );
  });

  it('are each seen firing and not firing by a rule test', () => {
    const seen = ruleTestPaths().flatMap(checksOf);
    for (const { alert } of ALERTS) {
      const checks = seen.filter((check) => check.alert === alert).map(({ fires }) => fires);
      expect([alert, new Set(checks)]).toEqual([alert, new Set([true, false])]);
    }
  });
});

describe('Runbooks', () => {
  it.each(readdirSync(RUNBOOKS_FOLDER))(
    '%s has the sections, and names nothing that is not there',
    (runbook) => {
      const page = pageOf(runbook);
      expect([...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual(SECTIONS);
      expect(ALERTS.map(({ alert }) => alert)).toContain(/^# (\w+)$/m.exec(page)?.[1]);
      expect(unknownIn(page)).toEqual([]);
      for (const [, file = ''] of page.matchAll(/\]\(([^)#]+)/g))
        expect([file, existsSync(join(RUNBOOKS_FOLDER, file))]).toEqual([file, true]);
    },
  );

  // That page is held against the code by a spec of its own.
  it('name events that the page of the log has', () => {
    const rows = rowsOf(readFileSync(join(REPOSITORY, 'docs/logs.md'), 'utf8'), [
      'Event',
      'Level',
      'Fields',
      'Tells',
    ]);
    const events = new Set(rows.map(([event = '']) => event.replaceAll('`', '')));
    const named = readdirSync(RUNBOOKS_FOLDER).flatMap((runbook) =>
      [...pageOf(runbook).matchAll(/"event":"([\w-]+)"/g)].map(([, event = '']) => ({ runbook, event })),
    );
    expect(named.filter(({ event }) => !events.has(event))).toEqual([]);
  });
});

interface Check {
  readonly alert: string;
  readonly fires: boolean;
}

function checksOf(path: string): Check[] {
  const { tests } = parse(readFileSync(path, 'utf8')) as {
    tests: { promql_expr_test: { expr: string; exp_samples?: object[] }[] }[];
  };
  return tests.flatMap(({ promql_expr_test }) =>
    promql_expr_test.map(({ expr, exp_samples = [] }) => ({
      alert: /alertname="(\w+)"/.exec(expr)?.[1] ?? '',
      fires: exp_samples.length > 0,
    })),
  );
}
