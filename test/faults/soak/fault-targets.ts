import { waitUntil } from '@parley/provisioning';
import type { LocalKafka, LocalRedis } from '@parley/provisioning';
import type { ReplicaOptions, TrafficStage } from '../traffic/traffic-stage.ts';
import type { Targets } from './fault-injection.ts';
import { NOTE_LIVE_MEMORY } from './live-memory.ts';

/** For a broker to answer again, and for the spool to be empty then. */
const STEP_TIMEOUT_MS = 120_000;

/** Nothing is done to the first, which is looked at. */
export const REPLICAS: readonly [ReplicaOptions, ...ReplicaOptions[]] = [
  { name: 'steady', nodeArgs: NOTE_LIVE_MEMORY },
  { name: 'replica-b' },
  { name: 'replica-c' },
];

/** All that may be hit in a stage with these {@link REPLICAS}. */
export function targetsIn(
  stage: TrafficStage,
  { kafka, redis }: { readonly kafka: LocalKafka; readonly redis: LocalRedis },
): Targets {
  const [steady, ...replicas] = stage.replicas.map(({ gateway }) => gateway);
  return {
    provider: stage.provider,
    replicas,
    startMember: () => stage.startVisitor({ name: 'visitor', roles: 'consumer' }),
    broker: kafka.broker,
    brokerAnswers: () => holds(() => stage.brokerAnswers().then(() => true)),
    redis: redis.server,
    spoolIsEmpty: () => holds(async () => (await steady?.metric('parley_spool_records')) === 0),
  };
}

function holds(condition: () => Promise<boolean>): Promise<void> {
  return waitUntil(condition, { signal: AbortSignal.timeout(STEP_TIMEOUT_MS), everyMs: 200 });
}
