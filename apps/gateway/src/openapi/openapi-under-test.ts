import { Ajv } from 'ajv';

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Operation {
  readonly summary?: string;
  readonly operationId: string;
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, OperationAnswer>>;
}

interface OperationAnswer {
  readonly content: Content;
  readonly headers?: Readonly<Record<string, { readonly required: boolean }>>;
}

type Content = Readonly<Record<string, MediaType>>;

interface MediaType {
  readonly schema: object;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** The document of a running gateway. */
export async function documentOf(url: string): Promise<OpenApiDocument> {
  const response = await fetch(`${url}/docs/openapi.json`);
  return (await response.json()) as OpenApiDocument;
}

export function operationsOf({ paths }: OpenApiDocument): (Operation & { readonly route: string })[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      route: `${method.toUpperCase()} ${path}`,
    })),
  );
}

/** What an answer or example has that its schema does not allow; none when it fits. */
export function problemsOf(schema: object, value: unknown): string[] {
  const ajv = new Ajv({ allErrors: true });
  if (ajv.validate(schema, value)) return [];
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}
