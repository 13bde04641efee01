import { describe, expect, it } from '@jest/globals';
import { rowsOf, tablesOf } from '@parley/testing';
import { readFileSync } from 'node:fs';
import 'reflect-metadata';
import { MAX_CALLBACKS } from './callbacks/callback-book.ts';
import { Configuration } from './configuration/configuration.ts';
import { variableOf } from './configuration/variable-of.ts';
import { FAULT_CATALOGUE } from './faults/fault-catalogue.ts';
import { MAX_STREAMS } from './live/change-streams.ts';
import { MAX_USERS } from './messages/customer-service-windows.ts';
import { MAX_MESSAGES } from './messages/message-store.ts';
import { MAX_KEPT_CHARACTERS } from './requests/received-request.ts';
import { MAX_CHARACTERS, MAX_REQUESTS } from './requests/request-log.ts';
import { describeSettings } from './settings/describe-settings.ts';
import type { SettingDescription } from './settings/describe-settings.ts';
import { Settings } from './settings/settings.ts';

const PAGE = readFileSync(new URL('../../../docs/sandbox.md', import.meta.url), 'utf8');

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

  it('has each fault with what the client sees and its magic recipient', () => {
    expect(rowsOf(PAGE, ['Fault', 'What the client sees', 'Magic recipient'])).toEqual(
      FAULT_CATALOGUE.map(({ fault, description, magicRecipient }) => [
        `\`${fault}\``,
        description,
        `\`${magicRecipient}\``,
      ]),
    );
    for (const { fault, magicText } of FAULT_CATALOGUE) expect(magicText).toBe(`#sandbox:${fault}`);
  });

  it('tells delays and bounds as they are', () => {
    const { acceptedAfterMs, sentAfterMs, deliveredAfterMs, readAfterMs } = new Settings();
    const [accepted, ...others] = [acceptedAfterMs, sentAfterMs, deliveredAfterMs, readAfterMs].map(figure);
    expect(rowsOf(PAGE, ['What', 'When, after the request', 'Body']).map(([, when]) => when)).toEqual([
      `${accepted} ms`,
      `${others.join(', ')} ms`,
      'in place of the next',
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
