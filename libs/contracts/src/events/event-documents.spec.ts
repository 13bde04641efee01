import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { TOPICS } from '../topics.ts';
import { EVENT_TYPES } from './event-types.ts';

const FOLDER = new URL('../../../../docs/events/', import.meta.url);
const require = createRequire(import.meta.url);
const SPECIFICATION = require('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;

interface Example {
  readonly name: string;
  readonly headers: object;
  readonly payload: object | string;
}

interface Message {
  readonly headers: { readonly $ref: string };
  readonly payload: { readonly $ref?: string };
  readonly examples: readonly Example[];
}

interface Document {
  readonly channels: Readonly<Record<string, { readonly address: string }>>;
  readonly operations: Readonly<Record<string, { action: string; channel: { readonly $ref: string } }>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

const DOCUMENT = parse(read('asyncapi.yaml')) as Document;
const PAGE = read('README.md');
const ROLES = Object.keys(TOPICS);
const EVENT_ROLES = Object.keys(EVENT_TYPES);

describe('docs/events/asyncapi.yaml', () => {
  it('is an AsyncAPI document', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const validate = ajv.compile(SPECIFICATION);
    validate(DOCUMENT);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('tells of every topic by its default name', () => {
    const addresses = Object.entries(DOCUMENT.channels).map(([role, { address }]) => [role, address]);
    expect(Object.fromEntries(addresses)).toEqual(TOPICS);
  });

  it('has the gateway receive what is to be sent, and send the rest', () => {
    const actions = Object.values(DOCUMENT.operations).map(({ action, channel }) => [
      channel.$ref.replace('#/channels/', ''),
      action,
    ]);
    expect(actions).toEqual(ROLES.map((role) => [role, role === 'send' ? 'receive' : 'send']));
  });

  it.each(
    ROLES.flatMap((role) =>
      (DOCUMENT.components.messages[role]?.examples ?? []).map(
        (example) => [role, example.name, example] as const,
      ),
    ),
  )('shows records that keep its own schemas: %s, %s', (role, _name, { headers, payload }) => {
    const message = DOCUMENT.components.messages[role];
    expect(problems(resolve(message?.headers.$ref), headers)).toEqual([]);
    if (message?.payload.$ref !== undefined) {
      expect(problems(resolve(message.payload.$ref), payload)).toEqual([]);
    }
  });
});

describe('docs/events/<event>.schema.json', () => {
  it.each(EVENT_ROLES)('%s: is a valid schema of 2020-12, whose examples keep it', (role) => {
    const schema = schemaFile(role);
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.examples.length).toBeGreaterThan(0);
    for (const example of schema.examples) expect(problems(schema, example)).toEqual([]);
  });

  it.each(EVENT_ROLES)('%s: lets readers ignore fields that they do not know', (role) => {
    const schema = schemaFile(role);
    for (const example of schema.examples) {
      expect(problems(schema, { ...example, addedLater: { in: 'a new version' } })).toEqual([]);
    }
  });

  it.each([
    ['send', 'ambiguousSends'],
    ['result', 'outcome'],
    ['result', 'source'],
    ['status', 'status'],
  ])('%s: refuses a value of %s that is not on its list', (role, field) => {
    const schema = schemaFile(role);
    expect(problems(schema, { ...schema.examples[0], [field]: 'another' })).toContainEqual(
      expect.stringContaining(`/${field} must be equal to one of the allowed values`),
    );
  });

  it.each(EVENT_ROLES)('%s: says the same as the AsyncAPI document', (role) => {
    const { $schema, examples, ...schema } = schemaFile(role);
    expect([$schema, examples]).not.toContain(undefined);
    expect(schema).toEqual(resolve(DOCUMENT.components.messages[role]?.payload.$ref));
  });
});

describe('docs/events/README.md', () => {
  it('names every topic, every type and every header', () => {
    const names = [
      ...Object.values(TOPICS),
      ...Object.values(EVENT_TYPES),
      ...ROLES.flatMap((role) => {
        const headers = resolve(DOCUMENT.components.messages[role]?.headers.$ref);
        return Object.keys((headers as { properties: object }).properties);
      }),
    ];
    expect(names.filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
  });
});

interface SchemaFile {
  readonly $schema: string;
  readonly examples: readonly object[];
}

function schemaFile(role: string): SchemaFile {
  return JSON.parse(read(`${role}.schema.json`)) as SchemaFile;
}

function read(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

function resolve(reference = ''): object {
  return DOCUMENT.components.schemas[reference.replace('#/components/schemas/', '')] ?? {};
}

/** The validator also refuses schemas with words or formats it does not know. */
function problems(schema: object, value: unknown): string[] {
  const ajv = new Ajv2020({ strictTypes: true, allErrors: true });
  formats.default(ajv);
  const validate = ajv.compile(schema);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}
