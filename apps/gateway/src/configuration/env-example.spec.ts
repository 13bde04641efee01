import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Environment, SETTING_NAMES } from './environment.ts';
import { readEnvironment } from './read-environment.ts';

const LINES = readFileSync(new URL('../../../../.env.example', import.meta.url), 'utf8').split('\n');

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly commentedOut: boolean;
}

const SETTINGS = LINES.flatMap((line): Setting[] => {
  const [, mark, name, value] = /^(# )?([A-Z][A-Z_]+)=(.*)$/.exec(line) ?? [];
  return name === undefined ? [] : [{ name, value: value ?? '', commentedOut: mark !== undefined }];
});

/** As somebody would write it into the file; undefined for a setting without a default. */
function defaultOf(name: string): string | undefined {
  const value: unknown = new Environment()[name as keyof Environment];
  if (name === 'INSIDER_AUTH_KEY') return '';
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.join(',') : `${value as string | number | boolean}`;
}

function read(settings: readonly Setting[]): ReturnType<typeof readEnvironment> {
  const variables = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
  return readEnvironment({ ...variables, INSIDER_AUTH_KEY: 'INS.key' }, () => '');
}

describe('.env.example', () => {
  it('names every setting once, and nothing else', () => {
    expect(SETTINGS.map(({ name }) => name).sort()).toEqual([...SETTING_NAMES].sort());
  });

  it.each(SETTINGS)('shows $name as it is by default', ({ name, value, commentedOut }) => {
    const byDefault = defaultOf(name);
    expect(commentedOut).toBe(byDefault === undefined);
    if (byDefault !== undefined) expect(value).toBe(byDefault);
  });

  it('explains each setting, or the group it stands in, right above it', () => {
    const alone = LINES.filter((line, index) => /^[A-Z]/.test(line) && LINES[index - 1] === '');
    expect(alone).toEqual([]);
  });

  it('changes nothing when it is used as it is', () => {
    expect(read(SETTINGS.filter(({ commentedOut }) => !commentedOut))).toEqual(read([]));
  });

  it('shows only values that can be used', () => {
    expect(read(SETTINGS)).toMatchObject({ kind: 'valid' });
  });
});
