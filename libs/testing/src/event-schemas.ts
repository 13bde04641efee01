import { readFileSync } from 'node:fs';
import type { TopicRole } from '@parley/contracts';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'yaml';

/** A record as it was produced, or read back. Of a header sent several times the last value counts. */
export interface TopicRecord {
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer | readonly Buffer[]>>;
}

/**
 * Holds a record of ours against docs/events/asyncapi.yaml, the document that other teams build on. Stricter than a reader
 * should be: a field or header that the document does not name is a misspelt one.
 *
 * @throws Error that names what is wrong, and never its content
 */
export function expectValidEvent(role: TopicRole, { key, value, headers = {} }: TopicRecord): void {
  const schemas = schemasOf(role);
  const keyText = key === null ? null : String(key);
  const headerTexts = Object.fromEntries(
    Object.entries(headers).map(([name, header]) => [name, String(lastOf(header))]),
  );
  const problems = [
    ...problemsOf('key', schemas.key, keyText),
    ...problemsOf('headers', schemas.headers, headerTexts),
  ];
  if (schemas.event) {
    const event: unknown = value === null ? null : JSON.parse(String(value));
    problems.push(...problemsOf('value', schemas.event, event));
    if (problems.length === 0) problems.push(...contradictions(event as EventFields, keyText, headerTexts));
  }
  if (problems.length > 0) throw new Error(`Not a record of the ${role} topic: ${problems.join('; ')}`);
}

/** What no schema can say: key and headers repeat fields of the event. */
function contradictions(
  { phoneNumber, time }: EventFields,
  key: string | null,
  headers: Readonly<Record<string, string>>,
): string[] {
  return [
    ...(key === (phoneNumber ?? null) ? [] : ['the key is not the phoneNumber']),
    ...(headers['ce_time'] === time ? [] : ['ce_time is not the time']),
  ];
}

interface EventFields {
  readonly phoneNumber?: string;
  /** Absent from what is to be sent. */
  readonly time?: string;
}

interface RecordSchemas {
  readonly key: ValidateFunction;
  readonly headers: ValidateFunction;
  /** Absent where the value is bytes. */
  readonly event?: ValidateFunction;
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

interface AsyncApiDocument {
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

interface Message {
  readonly contentType: string;
  readonly headers: { readonly $ref: string };
  readonly payload: { readonly $ref: string };
  readonly bindings: { readonly kafka: { readonly key: Schema } };
}

const DOCUMENT = new URL('../../../docs/events/asyncapi.yaml', import.meta.url);

// Read and compiled on first use: most of who loads this asks about one or two topics.
let document: AsyncApiDocument | undefined;
const compiled = new Map<TopicRole, RecordSchemas>();

function schemasOf(role: TopicRole): RecordSchemas {
  let schemas = compiled.get(role);
  if (!schemas) compiled.set(role, (schemas = compile(role)));
  return schemas;
}

function compile(role: TopicRole): RecordSchemas {
  document ??= parse(readFileSync(DOCUMENT, 'utf8')) as AsyncApiDocument;
  const { components } = document;
  const message = components.messages[role];
  if (!message) throw new Error(`The document has no messages of the ${role} topic`);
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  formats.default(ajv);
  const validate = ({ $ref }: { $ref: string }): ValidateFunction =>
    ajv.compile(closed(components.schemas[$ref.slice($ref.lastIndexOf('/') + 1)] ?? {}));
  return {
    key: ajv.compile(message.bindings.kafka.key),
    headers: validate(message.headers),
    ...(message.contentType === 'application/json' && { event: validate(message.payload) }),
  };
}

/** The schema with nothing allowed beside what it names. What stands in its conditions names only a part, and stays. */
function closed(schema: Schema): Schema {
  if (!schema.properties) return schema;
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, property]): [string, Schema] => [name, closed(property)]),
  );
  return { additionalProperties: false, ...schema, properties };
}

function problemsOf(where: string, validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message = '', params }) => {
    const name = (params as { additionalProperty?: string }).additionalProperty;
    return `${where}${instancePath} ${message}${name === undefined ? '' : `: ${name}`}`;
  });
}

function lastOf(header: string | Buffer | readonly Buffer[]): string | Buffer | undefined {
  return Array.isArray(header) ? (header as readonly Buffer[]).at(-1) : (header as string | Buffer);
}
