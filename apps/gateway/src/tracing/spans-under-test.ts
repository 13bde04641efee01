import { afterAll } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { startOpenTelemetry } from './open-telemetry.ts';
import type { OpenTelemetryOptions } from './open-telemetry.ts';
import { traceparentFrom } from './trace-context.ts';
import type { Tracing } from './tracing.ts';
import { TroubleTeller } from './trouble-teller.ts';

type SpanProcessor = NonNullable<OpenTelemetryOptions['spanProcessors']>[number];
type EndedSpan = Parameters<SpanProcessor['onEnd']>[0];

/** A span that ended, with contexts as traceparents. */
export interface SeenSpan {
  readonly name: string;
  readonly kind: keyof typeof SpanKind;
  readonly traceparent: string;
  readonly parent: string | undefined;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What is said of its failure; undefined when there was none. */
  readonly error: string | undefined;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
}

/** OpenTelemetry's SDK as a process has it, one for all tests of a file; the spans stay here. */
export class SpansUnderTest {
  readonly ended: SeenSpan[] = [];
  readonly tracing: Tracing;

  constructor(endpoints: OpenTelemetryOptions['endpoints'] = new Map()) {
    const recorder: SpanProcessor = {
      onStart: () => undefined,
      onEnd: (span) => void this.ended.push(seen(span)),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    const trouble = new TroubleTeller(({ detail }) => {
      throw new Error(detail);
    });
    const tracing = startOpenTelemetry({ version: '0.0.0', endpoints, trouble, spanProcessors: [recorder] });
    const close = tracing.close.bind(tracing, { timeoutMs: 1000 });
    // A gateway closes its own at its end; this one outlives several.
    this.tracing = Object.assign(tracing, { close: () => Promise.resolve() });
    afterAll(close);
  }

  named(name: string): SeenSpan[] {
    return this.ended.filter((span) => span.name === name);
  }
}

function seen(span: EndedSpan): SeenSpan {
  const { name, kind, links, attributes, status, parentSpanContext } = span;
  return {
    name,
    kind: SpanKind[kind] as keyof typeof SpanKind,
    traceparent: traceparentFrom(span.spanContext()),
    parent: parentSpanContext && traceparentFrom(parentSpanContext),
    links: links.map(({ context }) => traceparentFrom(context)),
    attributes,
    error: status.code === SpanStatusCode.ERROR ? status.message : undefined,
    startMs: inMs(span.startTime),
    endMs: inMs(span.endTime),
  };
}

function inMs([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1000 + nanos / 1e6;
}
