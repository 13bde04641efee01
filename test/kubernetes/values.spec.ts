import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, parseDocument } from 'yaml';
import { Environment, SETTING_NAMES } from '../../apps/gateway/src/configuration/environment.ts';
import { readEnvironment } from '../../apps/gateway/src/configuration/read-environment.ts';
import { REPOSITORY } from '../processes/service-process.ts';
import { descriptionOf, propertiesOf } from './values-schema.ts';
import type { Schema } from './values-schema.ts';
import { commentedValues } from './commented-values.ts';

const CHART = join(REPOSITORY, 'deploy/helm/parley');

/** What the chart decides itself, or leaves as it is. */
const NO_VALUES = ['NODE_ENV', 'ROLES', 'GRPC_URL', 'HTTP_HOST', 'HTTP_PORT'];

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
const text = readFileSync(join(CHART, 'values.yaml'), 'utf8');
const values = parse(text) as {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
};

describe('values.schema.json', () => {
  it('describes every value', () => {
    const all = [...propertiesOf(schema), ...Object.values(schema.definitions ?? {}).flatMap(propertiesOf)];
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(({ schema: { description } }) => !description?.endsWith('.'))).toEqual([]);
  });

  it('lets nothing pass that it does not name, but for what is named freely', () => {
    const open = [schema, ...propertiesOf(schema).map((each) => each.schema)].filter(
      ({ properties, additionalProperties }) => properties && additionalProperties !== false,
    );
    expect(open).toEqual([]);
  });

  it.each(boundedSettings())('bounds $name as the gateway does', ({ name, minimum, maximum }) => {
    const isTaken = (value: number): boolean => reads({ [name]: String(value) });
    expect([minimum - 1, minimum, maximum, maximum + 1].map(isTaken)).toEqual([false, true, true, false]);
  });

  it.each(closedSettings())('offers for $name what the gateway takes', ({ name, offered }) => {
    expect(offered.filter((value) => !reads({ [name]: value }))).toEqual([]);
    expect(reads({ [name]: 'something-else' })).toBe(false);
  });
});

describe('values.yaml', () => {
  it('has every value of the schema, and no other', () => {
    const described = propertiesOf(schema)
      .map(({ path }) => path)
      .filter((path) => !/[*[]/.test(path));
    const shown = commentedValues(parseDocument(text).contents).map(({ path }) => path);
    expect(described.filter((path) => path !== 'global' && !shown.includes(path))).toEqual([]);
    // Of Deployments, of mappings that are named freely, and of security contexts, the schema says the shape alone.
    const free = /^(deployments\.|pod\.|\w+SecurityContext\.|monitoring\.dashboard\.labels\.|secrets\.\w+\.)/;
    expect(shown.filter((path) => !described.includes(path) && !free.test(path))).toEqual([]);
  });

  it('says of each value what the schema says, the first time that it stands there', () => {
    const all = commentedValues(parseDocument(text).contents);
    for (const { path, comment } of all.filter((value) => value.comment !== undefined)) {
      expect({ [path]: comment }).toEqual({ [path]: descriptionOf(schema, path) });
    }
    const said = new Set(all.filter(({ comment }) => comment !== undefined).map(({ path }) => path));
    const unsaid = propertiesOf(schema).filter(
      ({ path }) => path !== 'global' && !/[*[]/.test(path) && !said.has(path),
    );
    expect(unsaid.map(({ path }) => path)).toEqual([]);
  });

  it('has every setting of the gateway, as a setting or as a secret, but for those that the chart decides', () => {
    const names = [...Object.keys(values.settings), ...Object.keys(values.secrets), ...NO_VALUES];
    expect(names.sort()).toEqual([...SETTING_NAMES].sort());
  });

  it.each(Object.entries(values.settings))('leaves %s as it is by default', (name, value) => {
    const byDefault: unknown = new Environment()[name as keyof Environment];
    expect(value).toEqual(byDefault ?? '');
  });
});

describe('Chart.yaml', () => {
  it('is of this version of Parley', () => {
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as Versions;
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as { appVersion: string };
    expect(chart.appVersion).toBe(version);
  });
});

interface Versions {
  readonly version: string;
}

/** Whether the gateway starts with these settings, as far as they go. */
function reads(settings: Readonly<Record<string, string>>): boolean {
  const given = { INSIDER_AUTH_KEY: 'INS.key', ...settings };
  const sasl = { KAFKA_SASL_USERNAME: 'parley', KAFKA_SASL_PASSWORD: 'password' };
  const all = 'KAFKA_SASL_MECHANISM' in settings ? { ...given, ...sasl } : given;
  return readEnvironment(all, () => '').kind === 'valid';
}

function boundedSettings(): { name: string; minimum: number; maximum: number }[] {
  return Object.entries(schema.properties?.['settings']?.properties ?? {}).flatMap(
    ([name, { minimum, maximum }]) =>
      minimum === undefined || maximum === undefined ? [] : [{ name, minimum, maximum }],
  );
}

function closedSettings(): { name: string; offered: string[] }[] {
  return Object.entries(schema.properties?.['settings']?.properties ?? {}).flatMap(([name, each]) => {
    const offered = each.enum?.filter((value) => typeof value === 'string' && value !== '') as string[];
    return each.enum ? [{ name, offered }] : [];
  });
}
