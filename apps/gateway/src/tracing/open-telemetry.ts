import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { SpanTracing } from './span-tracing.ts';
import type { SpanTracingOptions } from './span-tracing.ts';
import type { TroubleTeller } from './trouble-teller.ts';
import type { Tracing } from './tracing.ts';

/** The largest batch that can be configured: each of its messages is linked. */
const MAX_LINKS = 1000;

export interface OpenTelemetryOptions extends Pick<SpanTracingOptions, 'endpoints'> {
  readonly version: string;
  /** In place of the one that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES would have named. */
  readonly serviceName?: string | undefined;
  /** Whether OTEL_SPAN_LINK_COUNT_LIMIT says how many links a span may have. */
  readonly linksAreLimited?: boolean;
  readonly trouble: TroubleTeller;
  /** In place of what the environment names. */
  readonly spanProcessors?: NodeSDKConfiguration['spanProcessors'];
}

/**
 * Starts OpenTelemetry's SDK for traces alone, which reads its own variables in the environment. Its spans wait in a
 * queue of OTEL_BSP_MAX_QUEUE_SIZE (2,048), and are dropped beyond.
 *
 * @throws Error for variables that it cannot use
 */
export function startOpenTelemetry(options: OpenTelemetryOptions): Tracing {
  const { serviceName, linksAreLimited = false, spanProcessors, trouble } = options;
  const sdk = new NodeSDK({
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
    ...(serviceName !== undefined && { serviceName }),
    ...(!linksAreLimited && { spanLimits: { linkCountLimit: MAX_LINKS } }),
    ...(spanProcessors && { spanProcessors }),
  });
  const ignore = (): void => undefined;
  const tell = (text: string): void => trouble.tell(text);
  diag.setLogger(
    { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  sdk.start();
  return new SpanTracing({
    tracer: trace.getTracer('parley-gateway', options.version),
    endpoints: options.endpoints,
    flush: () => sdk.shutdown(),
  });
}
