/** As far as the chart's schema of values goes. */
export interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface Described {
  /** Names with dots between: `*` for what is named freely, `[]` for what a list holds. */
  readonly path: string;
  readonly schema: Schema;
}

/** Of all mappings and lists in it, but for what it refers to. */
export function propertiesOf({ properties = {}, patternProperties = {}, items }: Schema): Described[] {
  const free = Object.values(patternProperties).map((each) => ['*', each] as const);
  const named = [...Object.entries(properties), ...free].flatMap(([name, each]) => [
    { path: name, schema: each },
    ...propertiesOf(each).map((inner) => ({ ...inner, path: `${name}.${inner.path}` })),
  ]);
  const listed = items ? propertiesOf(items).map((inner) => ({ ...inner, path: `[].${inner.path}` })) : [];
  return [...named, ...listed];
}

/** Of the value at a path of values.yaml, through references and what is named freely. */
export function descriptionOf(root: Schema, path: string): string | undefined {
  let at: Schema | undefined = root;
  for (const name of path.split('.')) at = at && childOf(at, name, root);
  return at?.description;
}

function childOf(parent: Schema, name: string, root: Schema): Schema | undefined {
  const schema = parent.$ref ? root.definitions?.[parent.$ref.split('/').at(-1) ?? ''] : parent;
  const { properties, additionalProperties } = schema ?? {};
  return properties?.[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
}
