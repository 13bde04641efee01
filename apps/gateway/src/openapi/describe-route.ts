import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { ApiResponseOptions } from '@nestjs/swagger';

export type Schema = NonNullable<Extract<ApiResponseOptions, { schema: unknown }>['schema']>;

/** One status and what comes with it. Each example has a name. */
export interface DescribedAnswer {
  readonly status: number;
  readonly description: string;
  readonly schema: Schema;
  readonly examples: Readonly<Record<string, unknown>>;
  /** @default 'application/json' */
  readonly type?: string;
  /** Whether it tells when to come back. */
  readonly retryAfter?: 'always' | 'sometimes';
}

/**
 * Describes a handler as decorators on it would, but later: on a controller they would load the OpenAPI library at the
 * start. Doing it twice changes nothing.
 */
export function describeRoute<Controller extends object>(
  { prototype }: Type<Controller> & { readonly prototype: Controller },
  handler: keyof Controller & string,
  route: {
    readonly summary: string;
    readonly description?: string;
    readonly tag: string;
    readonly answers: readonly DescribedAnswer[];
    readonly decorators?: readonly MethodDecorator[];
  },
): void {
  const { summary, description, tag, answers, decorators = [] } = route;
  applyDecorators(
    ApiOperation({
      operationId: handler,
      summary,
      tags: [tag],
      ...(description !== undefined && { description }),
    }),
    ...answers.map((answer) => ApiResponse(responseOf(answer))),
    ...decorators,
  )(prototype, handler, Object.getOwnPropertyDescriptor(prototype, handler) ?? {});
}

function responseOf({
  status,
  description,
  schema,
  examples,
  type,
  retryAfter,
}: DescribedAnswer): ApiResponseOptions {
  return {
    status,
    description,
    content: { [type ?? 'application/json']: { schema, examples: named(examples) } },
    ...(retryAfter && {
      headers: {
        'Retry-After': {
          description: 'Seconds after which to try again.',
          required: retryAfter === 'always',
          schema: { type: 'integer', minimum: 1 },
        },
      },
    }),
  };
}

/** Examples in the form that OpenAPI wants them in. */
export function named(examples: Readonly<Record<string, unknown>>): Record<string, { value: unknown }> {
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
}
