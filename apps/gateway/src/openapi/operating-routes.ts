import { HealthController } from '../health/health.controller.ts';
import { MetricsController } from '../metrics/metrics.controller.ts';
import { describeRoute } from './describe-route.ts';
import type { DescribedAnswer, Schema } from './describe-route.ts';

export function describeHealthAndMetrics(): void {
  const tag = 'operating';
  describeRoute(HealthController, 'live', {
    tag,
    summary: 'Whether this process should be restarted',
    description: 'Looks at nothing outside of it: a restart mends no broker, provider or Redis.',
    answers: healthAnswers({ process: { status: 'up' }, consumer: { status: 'up' } }, 'consumer'),
  });
  describeRoute(HealthController, 'ready', {
    tag,
    summary: 'Whether work should be sent here',
    description: 'Trouble with broker, provider or Redis is told as degraded, and answered 200.',
    answers: healthAnswers(
      {
        gateway: { status: 'up' },
        bus: { status: 'up', kind: 'kafka', connected: true },
        'account default': { status: 'degraded', reason: 'PROVIDER_UNAUTHORIZED' },
      },
      'gateway',
    ),
  });
  describeRoute(HealthController, 'startup', {
    tag,
    summary: 'Whether the listeners are up for the first time',
    answers: healthAnswers({ gateway: { status: 'up' } }, 'gateway'),
  });
  describeRoute(MetricsController, 'expose', {
    tag,
    summary: 'What this process counts',
    description: 'In the text format of Prometheus: docs/metrics.md has each metric.',
    answers: [
      {
        status: 200,
        description: 'The metrics as they are now.',
        type: 'text/plain',
        schema: { type: 'string' },
        examples: { metrics: '# TYPE parley_messages_waiting gauge\nparley_messages_waiting 0\n' },
      },
    ],
  });
}

/** @param failing the indicator that may be down */
function healthAnswers(details: Indicators, failing: string): DescribedAnswer[] {
  const states = Object.values(details).map(({ status }) => status);
  const error = { [failing]: { status: 'down' } };
  return [
    {
      status: 200,
      description: 'Yes.',
      schema: healthSchema(['ok', 'degraded']),
      examples: {
        well: { status: states.includes('degraded') ? 'degraded' : 'ok', info: details, error: {}, details },
      },
    },
    {
      status: 503,
      description: 'No.',
      schema: healthSchema(['error']),
      examples: { down: { status: 'error', info: {}, error, details: error } },
    },
  ];
}

type Indicators = Readonly<Record<string, { readonly status: string; readonly [fact: string]: unknown }>>;

function healthSchema(states: readonly string[]): Schema {
  const indicators: Schema = {
    type: 'object',
    additionalProperties: {
      type: 'object',
      required: ['status'],
      properties: { status: { type: 'string', enum: ['up', 'degraded', 'down'] } },
    },
  };
  return {
    type: 'object',
    required: ['status', 'details'],
    additionalProperties: false,
    properties: {
      status: { type: 'string', enum: [...states] },
      info: indicators,
      error: indicators,
      details: indicators,
    },
  };
}
