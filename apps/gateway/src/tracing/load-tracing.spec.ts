import { describe, expect, it } from '@jest/globals';
import { isTracingAskedFor, loadTracing } from './load-tracing.ts';
import { NO_TRACING } from './tracing.ts';

describe('Tracing', () => {
  it.each([
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' },
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' },
    { OTEL_TRACES_EXPORTER: 'otlp' },
    { OTEL_TRACES_EXPORTER: 'console', OTEL_SDK_DISABLED: 'false' },
  ])('is asked for by %j', (variables) => {
    expect(isTracingAskedFor(variables)).toBe(true);
  });

  it.each([
    {},
    { OTEL_SERVICE_NAME: 'gateway', OTEL_TRACES_SAMPLER: 'always_on' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector:4318/v1/metrics' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_TRACES_EXPORTER: 'none' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'TRUE' },
  ])('is not asked for by %j', async (variables) => {
    const onTrouble = (): never => {
      throw new Error('no trouble is expected');
    };
    const loaded = loadTracing({ variables, version: '0.0.0', configuration: { accounts: [] }, onTrouble });
    expect(await loaded).toBe(NO_TRACING);
  });
});
