/**
 * Writes docs/events from the schemas in libs/contracts: `npm run schemas`. With `--check` it fails when the committed
 * files are not what the schemas generate.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventRole } from '@parley/contracts';
import { EVENT_SCHEMAS } from '@parley/contracts/event-schemas';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { asyncApiDocument } from './asyncapi-document.ts';
import { EXAMPLES } from './examples.ts';

const FOLDER = join(import.meta.dirname, '..');

/** For readers of any age: no anchors, and quotes around strings that YAML 1.1 takes for something else, such as times. */
const YAML_OPTIONS = {
  aliasDuplicateObjects: false,
  blockQuote: 'literal',
  lineWidth: 110,
  schema: 'yaml-1.1',
} as const;

const differing: string[] = [];
for (const [name, text] of generated()) {
  const path = join(FOLDER, name);
  const fresh = await format(text, { ...(await resolveConfig(path)), filepath: path });
  if (existsSync(path) && readFileSync(path, 'utf8') === fresh) continue;
  differing.push(name);
  if (!process.argv.includes('--check')) writeFileSync(path, fresh);
}

if (process.argv.includes('--check') && differing.length > 0) {
  console.error(`Not what the schemas in libs/contracts generate: ${differing.join(', ')}`);
  console.error('Run `npm run schemas` and commit the result.');
  process.exitCode = 1;
}

/** The texts of the files, by name. */
function generated(): [string, string][] {
  const roles = Object.keys(EVENT_SCHEMAS) as EventRole[];
  return [
    ['asyncapi.yaml', stringify(asyncApiDocument(), YAML_OPTIONS)],
    ...roles.map((role): [string, string] => [`${role}.schema.json`, JSON.stringify(schemaFile(role))]),
  ];
}

/** The schema of an event's value, to generate types from or to validate with. */
function schemaFile(role: EventRole): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...EVENT_SCHEMAS[role],
    examples: EXAMPLES[role].map(({ payload }) => payload),
  };
}
