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

  it('name events that the log has', () => {
    const levels = ['bus-events', 'sender-events', 'spool-events', 'store-events'].map((name) =>
      readFileSync(join(REPOSITORY, 'apps/gateway/src/log', `${name}.ts`), 'utf8'),
    );
    for (const runbook of readdirSync(RUNBOOKS_FOLDER)) {
      for (const [, event = ''] of pageOf(runbook).matchAll(/"event":"([\w-]+)"/g)) {
        const told = new RegExp(`^ {2}'?${event}'?: '`, 'm');
        expect([runbook, event, levels.some((file) => told.test(file))]).toEqual([runbook, event, true]);
      }
    }
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
