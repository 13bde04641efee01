import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_CALLBACKS } from '../apps/sandbox/src/callbacks/callback-book.ts';
import { Configuration } from '../apps/sandbox/src/configuration/configuration.ts';
import { variableOf } from '../apps/sandbox/src/configuration/variable-of.ts';
import { MAX_STREAMS } from '../apps/sandbox/src/live/change-streams.ts';
import { MAX_USERS } from '../apps/sandbox/src/messages/customer-service-windows.ts';
import { MAX_MESSAGES } from '../apps/sandbox/src/messages/message-store.ts';
import { MAX_KEPT_CHARACTERS } from '../apps/sandbox/src/requests/received-request.ts';
import { MAX_CHARACTERS, MAX_REQUESTS } from '../apps/sandbox/src/requests/request-log.ts';
import { describeSettings } from '../apps/sandbox/src/settings/describe-settings.ts';
import type { SettingDescription } from '../apps/sandbox/src/settings/describe-settings.ts';
import { Settings } from '../apps/sandbox/src/settings/settings.ts';
import { SENTENCES } from './insider-page/sentences.ts';
import type { Sentence } from './insider-page/sentences.ts';
import { rowsOf, tablesOf } from './markdown-table.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../docs/sandbox.md'), 'utf8');

const SETTINGS = describeSettings();

/** What a setting is about that no reading of Insider's page decides. */
const OF_THE_SANDBOX = [
  'rateLimitPerSecond',
  'enforceWindow',
  'timeScale',
  'acceptedAfterMs',
  'sentAfterMs',
  'deliveredAfterMs',
  'readAfterMs',
  'chaosSeed',
];

describe('docs/sandbox.md', () => {
  const [start = [], running = []] = tablesOf(PAGE, ['Variable', 'Default', 'Meaning']);

  it('has each variable of the start with its default', () => {
    const expected = Object.entries(new Configuration()).map(([name, value]: [string, unknown]) => [
      `\`${variableOf(name)}\``,
      name === 'authKey' ? 'required' : defaultOf(value),
    ]);
    expect(start.map(([variable, byDefault]) => [variable, byDefault])).toEqual(expected);
  });

  it('has each setting with its default and in its own words', () => {
    expect(running).toEqual(
      SETTINGS.map((setting) => [`\`${setting.variable}\``, `\`${setting.default}\``, wordsOf(setting)]),
    );
  });

  it('asks each open question with its setting, its default and how sure that is', () => {
    const rows = rowsOf(PAGE, ['Question', 'Setting', 'Default', 'What there is to go by', 'How sure']);
    const open = SETTINGS.filter(({ name }) => !OF_THE_SANDBOX.includes(name)).map(
      ({ variable, default: byDefault }) => [`\`${variable}\``, `\`${byDefault}\``],
    );
    const { blockedUserAgents } = new Configuration();
    open.push(['`SANDBOX_BLOCKED_USER_AGENTS`', `\`${blockedUserAgents.join(',')}\``]);
    expect(rows.map(([, setting, byDefault]) => [setting, byDefault]).sort()).toEqual(open.sort());
    for (const row of rows) expect(['documented', 'likely', 'guess']).toContain(row.at(-1));
  });

  it('knows every variable that it names', () => {
    const known = new Set([...start, ...running].map(([variable = '']) => variable.slice(1, -1)));
    const named = new Set(PAGE.match(/SANDBOX_[A-Z0-9_]*[A-Z0-9]/g));
    named.delete('SANDBOX_URL'); // of the example in TypeScript
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
  });

  it('tells delays and bounds as they are', () => {
    const { acceptedAfterMs, sentAfterMs, deliveredAfterMs, readAfterMs } = new Settings();
    const [accepted, ...others] = [acceptedAfterMs, sentAfterMs, deliveredAfterMs, readAfterMs].map(figure);
    expect(rowsOf(PAGE, ['What', 'When, after the request', 'Body']).map(([, when]) => when)).toEqual([
      `${accepted} ms`,
      `${others.join(', ')} ms`,
      'with what would have been next',
      'at once',
    ]);
    const bounds = sectionOf('Bounds');
    expect(bounds).toContain(`${figure(MAX_MESSAGES)} texts in both directions`);
    expect(bounds).toContain(`${figure(MAX_REQUESTS)} requests or ${MAX_CHARACTERS / 1024 ** 2} MiB`);
    expect(bounds).toContain(`${MAX_KEPT_CHARACTERS / 1024} Ki`);
    expect(bounds).toContain(`${figure(MAX_CALLBACKS)} callbacks`);
    expect(bounds).toContain(`${figure(MAX_USERS)} users`);
    expect(bounds).toContain(`${MAX_STREAMS} live streams`);
  });

  it('has each sentence of Insider’s page, with its test and what the gateway does', () => {
    expect(rowsOf(PAGE, ['Sentence', 'Section', 'Test', 'Gateway'])).toEqual(
      SENTENCES.map(({ says, section, id, gateway }) => [says, section, `\`${id}\``, onGateway(gateway)]),
    );
  });
});

function sectionOf(heading: string): string {
  const [, after = ''] = PAGE.split(`\n## ${heading}\n`);
  return after.split('\n## ', 1).join('').replaceAll('\n', ' ');
}

function figure(number: number): string {
  return number.toLocaleString('en');
}

function defaultOf(value: unknown): string {
  if (value === undefined) return 'none';
  if (!Array.isArray(value)) return `\`${value as string | number}\``;
  return value.length === 0 ? 'none' : `\`${value.join(',')}\``;
}

function wordsOf({ description, choices }: SettingDescription): string {
  if (choices === undefined) return description;
  return `${description} One of ${choices.map((choice) => `\`${choice}\``).join(', ')}.`;
}

function onGateway(gateway: Sentence['gateway']): string {
  if (gateway === 'same') return 'yes';
  return 'otherwise' in gateway ? `otherwise: ${gateway.otherwise}` : `no: ${gateway.no}`;
}
