import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { readFileSync } from 'node:fs';
import { settingValues } from '@parley/settings';
import { Configuration } from './configuration.ts';

export type ReadConfiguration =
  | { readonly kind: 'ok'; readonly configuration: Configuration }
  /** Every problem at once, none of them with a value in it. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the variables `SANDBOX_*` and the files that `SANDBOX_*_FILE` name. An empty variable counts as unset. */
export function readConfiguration(environment: Environment): ReadConfiguration {
  const names = PROPERTIES.map(variableOf);
  const { values, problems: unread, unreadable } = settingValues(names, environment, readFile);
  const known = new Set(names.flatMap((name) => [name, `${name}_FILE`]));
  const unknown = Object.keys(environment).filter((name) => name.startsWith(PREFIX) && !known.has(name));
  const problems = [...unread, ...unknown.map((name) => `${name} is not a setting`)];

  const settings = PROPERTIES.map((property) => [property, values.get(variableOf(property))] as const);
  const given = settings.filter(([, value]) => value !== undefined);
  const configuration = plainToInstance(Configuration, Object.fromEntries(given));
  for (const { property, constraints } of validateSync(configuration)) {
    if (unreadable.has(variableOf(property))) continue;
    // A value that is no number breaks every rule about numbers: the rule that stands first says it best, and
    // decorators register from the last to the first.
    const problem = Object.values(constraints ?? {}).at(-1);
    problems.push(`${variableOf(property)} ${problem ?? 'is not valid'}`);
  }

  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'ok', configuration };
}

const PREFIX = 'SANDBOX_';

const PROPERTIES = [
  'host',
  'port',
  'authKey',
  'callbackUrl',
  'callbackToken',
  'timeScale',
  'rateLimitPerSecond',
  'enforceWindow',
] as const satisfies readonly (keyof Configuration)[];

function variableOf(property: string): string {
  return PREFIX + property.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function readFile(path: string): string {
  return readFileSync(path, 'utf8');
}
