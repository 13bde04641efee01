import { TOPICS } from '@parley/contracts';
import type { TopicRole } from '@parley/contracts';

export type TopicNames = Readonly<Record<TopicRole, string>>;

const CREATE_TIMEOUT_MS = 10_000;

/** Recipients in order within a partition, many partitions side by side; what is set aside is little and looked at by hand. */
const PARTITIONS = {
  send: 12,
  result: 12,
  status: 12,
  inbound: 12,
  dlq: 1,
  quarantine: 1,
} as const satisfies Record<TopicRole, number>;

const ROLES = Object.keys(TOPICS) as TopicRole[];

/** The names that the gateway will use: its defaults, or what `TOPIC_SEND` and its like say. */
export function topicNames(environment: NodeJS.ProcessEnv): TopicNames {
  return Object.fromEntries(
    ROLES.map((role) => [role, environment[`TOPIC_${role.toUpperCase()}`] ?? TOPICS[role]]),
  ) as Record<TopicRole, string>;
}

/** Creates the topics that do not exist yet; those that do stay as they are. */
export async function createMissingTopics(brokers: string, names: TopicNames): Promise<void> {
  // Loaded when there is a Kafka: it brings Nest along, which a start without one need not wait for.
  const { createTopics } = await import('@parley/kafka');
  const topics = ROLES.map((role) => ({ topic: names[role], partitions: PARTITIONS[role] }));
  await createTopics(brokers.split(','), topics, { timeoutMs: CREATE_TIMEOUT_MS });
}
