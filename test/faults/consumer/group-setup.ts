import { randomUUID } from 'node:crypto';
import { TOPICS } from '@parley/contracts';
import type { TopicRole } from '@parley/contracts';
import { createTopics } from '@parley/kafka';

const CREATE_TIMEOUT_MS = 30_000;

/** Topics, a group and an account that no other test uses. */
export interface GroupSetup {
  readonly groupId: string;
  readonly topics: Readonly<Record<TopicRole, string>>;
  readonly account: string;
  /** For a gateway that is nothing but a member of the group. */
  readonly settings: Readonly<Record<string, string>>;
}

/** @param brokers comma list of `host:port` */
export async function setUpGroup(
  name: string,
  { brokers, partitions, redisUrl }: { brokers: string; partitions: number; redisUrl: string },
): Promise<GroupSetup> {
  const run = `${name}-${randomUUID().slice(0, 8)}`;
  const topics = Object.fromEntries(
    Object.entries(TOPICS).map(([role, topic]) => [role, `${run}.${topic}`]),
  ) as Record<TopicRole, string>;
  await createTopics(
    brokers.split(','),
    Object.entries(topics).map(([role, topic]) => ({ topic, partitions: role === 'send' ? partitions : 1 })),
    { timeoutMs: CREATE_TIMEOUT_MS },
  );
  const groupId = `${run}.gateway`;
  return {
    groupId,
    topics,
    account: run,
    settings: {
      NODE_ENV: 'production',
      AUTH: 'off',
      ROLES: 'consumer',
      LOG_LEVEL: 'info',
      KAFKA_BROKERS: brokers,
      KAFKA_GROUP_ID: groupId,
      REDIS_URL: redisUrl,
      CALLBACK_TOKENS: 'token-of-the-test',
      ...Object.fromEntries(
        Object.entries(topics).map(([role, topic]) => [`TOPIC_${role.toUpperCase()}`, topic]),
      ),
    },
  };
}
