import { plainToInstance } from 'class-transformer';
import type { ClassConstructor } from 'class-transformer';
import { validateSync } from 'class-validator';
import type { ValidationError } from 'class-validator';

export type JsonFileReading<T> =
  | { readonly kind: 'valid'; readonly content: T }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Reads a JSON file whose shape a class describes. Unknown fields are problems: they are typing errors. */
export function readJsonFile<T extends object>(
  setting: string,
  path: string,
  shape: ClassConstructor<T>,
  readFile: (path: string) => string,
): JsonFileReading<T> {
  const invalid = (problem: string): JsonFileReading<T> => ({
    kind: 'invalid',
    problems: [`${setting}: ${problem}`],
  });
  let text: string;
  try {
    text = readFile(path);
  } catch {
    return invalid('the file cannot be read');
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message repeats what it read, which may be a key.
    return invalid('the file is not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return invalid('must hold an object');
  const content = plainToInstance(shape, json, { exposeDefaultValues: true });
  const errors = validateSync(content, { whitelist: true, forbidNonWhitelisted: true });
  const problems = errors.flatMap((error) => problemsOf(error, `${setting}: `));
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'valid', content };
}

function problemsOf(error: ValidationError, path: string): string[] {
  const own = Object.values(error.constraints ?? {}).map((rule) => `${path}${rule}`);
  const index = /^\d+$/.test(error.property);
  const inner = index ? `${path.replace(/\.$/, '')}[${error.property}].` : `${path}${error.property}.`;
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, inner))];
}
