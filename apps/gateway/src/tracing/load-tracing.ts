import type { Configuration } from '../configuration/configuration.ts';
import { SEND_PATH } from '../http/send-refusal.ts';
import { NO_TRACING } from './tracing.ts';
import type { Tracing } from './tracing.ts';
import { TroubleTeller } from './trouble-teller.ts';
import type { TracingTrouble } from './trouble-teller.ts';

const DEFAULT_SERVICE_NAME = 'parley-gateway';

/**
 * Tracing, when one of OpenTelemetry's variables asks for it. Its libraries are loaded only then. What keeps them from
 * starting is told, and costs nothing but the traces.
 */
export async function loadTracing(options: {
  readonly variables: Variables;
  readonly version: string;
  readonly configuration: Pick<Configuration, 'accounts'>;
  readonly onTrouble: (trouble: TracingTrouble) => void;
}): Promise<Tracing> {
  const { variables, version, configuration } = options;
  if (!isTracingAskedFor(variables)) return NO_TRACING;
  const trouble = new TroubleTeller(options.onTrouble);
  try {
    const { startOpenTelemetry } = await import('./open-telemetry.ts');
    return startOpenTelemetry({
      version,
      endpoints: new Map(
        configuration.accounts.map(({ name, baseUrl }) => [name, endpointOf(baseUrl)] as const),
      ),
      serviceName: isServiceNamed(variables) ? undefined : DEFAULT_SERVICE_NAME,
      linksAreLimited: isSet(variables['OTEL_SPAN_LINK_COUNT_LIMIT']),
      trouble,
    });
  } catch (error) {
    trouble.tell(error instanceof Error ? error.message : 'unknown');
    return NO_TRACING;
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

/** By naming an exporter, or where traces go: a service name or a sampler alone may be meant for others. */
export function isTracingAskedFor(variables: Variables): boolean {
  if (variables['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return false;
  const exporters = variables['OTEL_TRACES_EXPORTER'];
  if (isSet(exporters)) return !exporters.split(',').some((name) => name.trim() === 'none');
  return [variables['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'], variables['OTEL_EXPORTER_OTLP_ENDPOINT']].some(
    isSet,
  );
}

function isServiceNamed(variables: Variables): boolean {
  const attributes = variables['OTEL_RESOURCE_ATTRIBUTES'] ?? '';
  return isSet(variables['OTEL_SERVICE_NAME']) || /(^|,)\s*service\.name\s*=/.test(attributes);
}

/** OpenTelemetry takes an empty value for none. */
function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== '';
}

function endpointOf(baseUrl: string): URL {
  return new URL(SEND_PATH, baseUrl.replace(/\/*$/, '/'));
}
