import { firstAvailable } from '../first-available.ts';
import type { Absent, Candidate, StartContext, Unavailable } from '../first-available.ts';
import type { ProvisionOptions } from '../provision-options.ts';
import { kafkaInContainer } from './in-container.ts';
import type { ContainedKafka } from './in-container.ts';
import { kafkaThroughMaven } from './through-maven.ts';
import type { LocalKafka } from './through-maven.ts';

/** The environment names it: used as it is, never stopped. */
export interface NamedKafka {
  readonly kind: 'environment';
  readonly describe: string;
  /** Comma list of `host:port`. */
  readonly brokers: string;
  stop(): Promise<void>;
}

export type ProvisionedKafka = NamedKafka | ContainedKafka | LocalKafka | Unavailable;

export interface KafkaStarts {
  readonly testcontainers: (context: StartContext) => Promise<ContainedKafka | Absent>;
  readonly maven: (context: StartContext) => Promise<LocalKafka | Absent>;
}

// A first pull or download over a slow line; what is stuck must not hold a start for ever.
const CONTAINER_TIMEOUT_MS = 180_000;
const MAVEN_TIMEOUT_MS = 300_000;

/**
 * Kafka from `KAFKA_BROKERS`, else a Docker engine, else Java and Maven, else none.
 *
 * @throws only the signal's reason
 */
export function provisionKafka(
  { environment, report, signal }: ProvisionOptions,
  starts: KafkaStarts = { testcontainers: kafkaInContainer, maven: kafkaThroughMaven },
): Promise<ProvisionedKafka> {
  const candidates: readonly Candidate<NamedKafka | ContainedKafka | LocalKafka>[] = [
    { name: 'KAFKA_BROKERS', timeoutMs: 1_000, start: () => Promise.resolve(namedKafka(environment)) },
    { name: 'Kafka in a container', timeoutMs: CONTAINER_TIMEOUT_MS, start: starts.testcontainers },
    { name: 'Kafka through Maven', timeoutMs: MAVEN_TIMEOUT_MS, start: starts.maven },
  ];
  return firstAvailable(candidates, { report, signal });
}

function namedKafka({ KAFKA_BROKERS: brokers }: NodeJS.ProcessEnv): NamedKafka | Absent {
  if (!brokers) return { kind: 'absent', reason: 'not set' };
  return {
    kind: 'environment',
    describe: `Kafka at ${brokers} (KAFKA_BROKERS)`,
    brokers,
    stop: () => Promise.resolve(),
  };
}
