import { plainToInstance } from 'class-transformer';
import type { ClassConstructor } from 'class-transformer';
import { validateSync } from 'class-validator';
import { readFileSync } from 'node:fs';
import { settingValues } from '@parley/settings';
import { Settings } from '../settings/settings.ts';
import { Configuration } from './configuration.ts';
import { variableOf } from './variable-of.ts';

export type ReadConfiguration =
  | { readonly kind: 'ok'; readonly configuration: Configuration; readonly settings: Settings }
  /** Every problem at once, none of them with a value in it. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the variables `SANDBOX_*` and the files that `SANDBOX_*_FILE` name. An empty variable counts as unset. */
export function readConfiguration(environment: Environment): ReadConfiguration {
  const properties = [...CONFIGURATION, ...SETTINGS];
  const names = properties.map(variableOf);
  const { values, problems: unread, unreadable } = settingValues(names, environment, readFile);
  const known = new Set(names.flatMap((name) => [name, `${name}_FILE`]));
  const unknown = Object.keys(environment).filter((name) => name.startsWith('SANDBOX_') && !known.has(name));
  const problems = [...unread, ...unknown.map((name) => `${name} is not a setting`)];

  const read = <T extends object>(type: ClassConstructor<T>, of: readonly string[]): T => {
    const given = of.map((property) => [property, values.get(variableOf(property))] as const);
    const instance = plainToInstance(
      type,
      Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    );
    for (const { property, constraints } of validateSync(instance)) {
      if (unreadable.has(variableOf(property))) continue;
      // A value that is no number breaks every rule about numbers: the rule that stands first says it best, and
      // decorators register from the last to the first.
      const problem = Object.values(constraints ?? {}).at(-1);
      problems.push(`${variableOf(property)} ${problem ?? 'is not valid'}`);
    }
    return instance;
  };
  const configuration = read(Configuration, CONFIGURATION);
  const settings = read(Settings, SETTINGS);

  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'ok', configuration, settings };
}

const CONFIGURATION: readonly (keyof Configuration)[] = [
  'host',
  'port',
  'authKey',
  'allowedNetworks',
  'blockedUserAgents',
  'callbackUrl',
  'callbackToken',
  'callbackOauth2TokenUrl',
  'callbackOauth2ClientId',
  'callbackOauth2ClientSecret',
  'callbackOauth2Scope',
  'dataFolder',
  'previews',
];

// Every one has a default, so that an instance has them all.
const SETTINGS = Object.keys(new Settings());

function readFile(path: string): string {
  return readFileSync(path, 'utf8');
}
