import 'reflect-metadata';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { TOPICS } from '@parley/contracts';
import { HANDLER_FAILED } from '@parley/kafka';
import { SETTING_NAMES } from './configuration/environment.ts';
import { Metrics } from './metrics/metrics.ts';

const ROOT = new URL('../../../', import.meta.url);
const PAGE = readFileSync(new URL('docs/operations.md', ROOT), 'utf8');
const CODE = [...PAGE.matchAll(/^```sh\n(.+?)^```/gms)].map(([, script = '']) => script).join('');

describe('docs/operations.md', () => {
  it('names settings that exist', () => {
    const names = [...PAGE.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, name = '']) => name);
    // Each setting may come from a file: NAME_FILE stands for all of those.
    const known = [...SETTING_NAMES, ...SETTING_NAMES.map((name) => `${name}_FILE`), 'NAME_FILE'];
    expect(names.filter((name) => !known.includes(name) && name !== HANDLER_FAILED)).toEqual([]);
    expect(names.length).toBeGreaterThan(30);
  });

  it('names metrics that exist, with labels that they have', () => {
    const { registry } = new Metrics();
    const labels = new Map(
      (registry.getMetricsAsArray() as unknown as readonly Described[]).map(({ name, labelNames }) => [
        name,
        labelNames,
      ]),
    );
    const named = [...PAGE.matchAll(/`(?:rate\()?((?:parley|process|nodejs)_\w+)(?:\{(\w+)=)?/g)];
    for (const [, name = '', label] of named) {
      expect([name, labels.has(name)]).toEqual([name, true]);
      if (label !== undefined) expect([name, ...(labels.get(name) ?? [])]).toContain(label);
    }
    expect(named.length).toBeGreaterThan(30);
  });

  it('names events of the log that are logged', () => {
    const sources = globSync('{apps/gateway,libs/*}/src/**/*.ts', { cwd: ROOT })
      .filter((path) => !path.endsWith('.spec.ts'))
      .map((path) => readFileSync(new URL(path, ROOT), 'utf8'))
      .join('');
    const section = /^## What dies.+?(?=^## )/ms.exec(PAGE)?.[0] ?? '';
    const events = section
      .split('\n')
      .flatMap((line) => [...(line.split(' | ')[4] ?? '').matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)])
      .map(([, event = '']) => event);
    expect(events.filter((event) => !sources.includes(`'${event}'`))).toEqual([]);
    expect(events.length).toBeGreaterThan(10);
  });

  it('leads to every runbook', () => {
    const runbooks = globSync('docs/runbooks/*.md', { cwd: ROOT }).map((path) => path.replace('docs/', ''));
    expect(runbooks.filter((path) => !PAGE.includes(`(${path})`))).toEqual([]);
    expect(runbooks.length).toBeGreaterThan(15);
  });

  it('creates the topics of the contract, and names no other', () => {
    const created = [...CODE.matchAll(/^topic (\S+) \d+ \d+$/gm)].map(([, topic]) => topic);
    expect(created).toEqual(Object.values(TOPICS));
    const named = CODE.match(/whatsapp\.[\w.]+/g) ?? [];
    expect(named.filter((name) => !created.includes(name))).toEqual([]);
  });

  it('names keys of Redis as they are', () => {
    const keys = readFileSync(new URL('libs/redis/README.md', ROOT), 'utf8');
    const named = CODE.match(/\{parley\}[\w:]+/g) ?? [];
    expect(named.filter((key) => !keys.includes(`\`${key}\``))).toEqual([]);
    expect(named).toContain('{parley}:spool');
  });

  it('links to what is there', () => {
    const targets = [...PAGE.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !existsSync(new URL(`docs/${target}`, ROOT)))).toEqual([]);
    const headings = [...PAGE.matchAll(/^#+ (.+)$/gm)].map(
      ([, heading = '']) =>
        `#${heading
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-')}`,
    );
    const anchors = [...PAGE.matchAll(/\]\((#[^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
  });
});

/** What a metric knows of itself beside what its types say. */
interface Described {
  readonly name: string;
  readonly labelNames: readonly string[];
}
