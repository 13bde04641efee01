import { settingValues } from '@parley/settings';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Environment, SETTING_NAMES } from './environment.ts';
import { unknownSettings } from './unknown-settings.ts';

export type EnvironmentReading =
  | { readonly kind: 'valid'; readonly environment: Environment }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/**
 * Reads the settings out of the process's environment. `NAME_FILE` names a file whose content is the value of `NAME`;
 * an empty value counts as not set. Every problem is told, none of them with the value that was given.
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): EnvironmentReading {
  const { values, problems: unread, unreadable } = settingValues(SETTING_NAMES, variables, readFile);
  const problems = [...unread];
  for (const { name, meant } of unknownSettings(Object.keys(variables), SETTING_NAMES)) {
    problems.push(`${name} is no setting${meant === undefined ? '' : `: did you mean ${meant}?`}`);
  }
  const environment = plainToInstance(Environment, Object.fromEntries(values), { exposeDefaultValues: true });
  for (const error of validateSync(environment, { stopAtFirstError: true })) {
    if (unreadable.has(error.property)) continue;
    const rules = Object.values(error.constraints ?? {});
    problems.push(!values.has(error.property) ? `${error.property} is required` : rules.join(', '));
  }
  problems.push(...contradictions(environment));
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'valid', environment };
}

function contradictions(environment: Environment): string[] {
  const problems: string[] = [];
  const { KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = environment;
  const sasl = [KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD];
  if (sasl.some((value) => value !== undefined) && sasl.includes(undefined)) {
    problems.push(
      'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD belong together: set all or none',
    );
  }
  if (environment.NODE_ENV !== 'production') return problems;
  if (environment.CALLERS_FILE === undefined && environment.AUTH === 'on') {
    problems.push('CALLERS_FILE is required in production; AUTH=off lets everybody call');
  }
  if (environment.CALLBACK_TOKENS === undefined) problems.push('CALLBACK_TOKENS is required in production');
  return problems;
}
