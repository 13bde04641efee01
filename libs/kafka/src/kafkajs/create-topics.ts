import type { TopicSpec } from '../bus.ts';
import { within } from '../deadline.ts';
import { Client, type KafkaConnectionOptions } from './client.ts';
import { busErrorFrom } from './error.ts';

export interface CreateTopicsOptions {
  /** Of the whole. @default 30_000 */
  readonly timeoutMs?: number;
  readonly connection?: Omit<KafkaConnectionOptions, 'brokers'>;
}

/** Creates the topics that do not exist yet, with the broker's default replication. Rejects with a `BusError`. */
export async function createTopics(
  brokers: readonly string[],
  topics: readonly TopicSpec[],
  { timeoutMs = 30_000, connection = { clientId: 'parley' } }: CreateTopicsOptions = {},
): Promise<void> {
  const client = new Client({ ...connection, brokers });
  const admin = client.kafka.admin();
  const create = async (): Promise<void> => {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter(({ topic }) => !existing.has(topic));
    if (missing.length === 0) return;
    // False when somebody else was faster, which is as good.
    await admin.createTopics({
      topics: missing.map(({ topic, partitions }) => ({ topic, numPartitions: partitions })),
      waitForLeaders: true,
    });
  };
  try {
    await within(create(), { timeoutMs, what: 'Creating topics' });
  } catch (error) {
    throw busErrorFrom(error);
  } finally {
    client.destroy();
  }
}
