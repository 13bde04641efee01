import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { readFileSync } from 'node:fs';
import { Configuration } from './configuration.ts';

export type ReadConfiguration =
  | { readonly kind: 'ok'; readonly configuration: Configuration }
  /** Every problem at once, none of them with a value in it. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the variables `SANDBOX_*` and the files that `SANDBOX_*_FILE` name. An empty variable counts as unset. */
export function readConfiguration(environment: Environment): ReadConfiguration {
  const { settings, problems } = readSettings(environment);
  const configuration = plainToInstance(Configuration, settings);
  for (const { property, constraints } of validateSync(configuration)) {
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

function readSettings(environment: Environment): { settings: Record<string, string>; problems: string[] } {
  const settings: Record<string, string> = {};
  const problems: string[] = [];
  const left = new Set(Object.keys(environment).filter((name) => name.startsWith(PREFIX)));

  for (const property of PROPERTIES) {
    const name = variableOf(property);
    const value = environment[name] ?? '';
    const file = environment[`${name}_FILE`] ?? '';
    left.delete(name);
    left.delete(`${name}_FILE`);

    if (value !== '' && file !== '') problems.push(`${name} and ${name}_FILE are both set`);
    else if (value !== '') settings[property] = value;
    else if (file !== '') {
      const content = contentOf(file);
      if (content === undefined) problems.push(`${name}_FILE names a file that cannot be read`);
      else settings[property] = content;
    }
  }
  for (const name of left) problems.push(`${name} is not a setting`);
  return { settings, problems };
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Told to the operator as a problem of the setting, together with all others.
    return undefined;
  }
}
