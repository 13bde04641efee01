import { variableOf } from '../configuration/variable-of.ts';
import { Settings } from './settings.ts';

export interface SettingDescription {
  readonly name: string;
  /** The variable that sets it at the start. */
  readonly variable: string;
  readonly description: string;
  readonly kind: 'boolean' | 'number' | 'choice' | 'text';
  /** What a choice can be. */
  readonly choices?: readonly (string | number)[];
  readonly default: string | number | boolean;
}

/** Every setting with the words of its documentation, in the order in which they are declared. */
export function describeSettings(): readonly SettingDescription[] {
  return Object.entries(new Settings()).map(([name, value]: [string, string | number | boolean]) => {
    const { description = '', enum: choices } = documentationOf(name);
    const kind = choices ? 'choice' : KINDS[typeof value as keyof typeof KINDS];
    return {
      name,
      variable: variableOf(name),
      description,
      kind,
      ...(choices && { choices }),
      default: value,
    };
  });
}

const KINDS = { boolean: 'boolean', number: 'number', string: 'text' } as const;

interface Documentation {
  readonly description?: string;
  readonly enum?: readonly (string | number)[];
}

/** What ApiProperty noted, under the key that it uses. */
function documentationOf(name: string): Documentation {
  const noted: unknown = Reflect.getMetadata('swagger/apiModelProperties', Settings.prototype, name);
  return typeof noted === 'object' && noted !== null ? noted : {};
}
