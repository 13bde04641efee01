import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import { leaveGroup } from './leave-group.ts';

/** What the broker knows of a consumer group and the topics it reads: offsets of each partition, and members. */
export class GroupView {
  readonly #broker: string;
  readonly #groupId: string;
  readonly #admin: Admin;

  /** @param brokers comma list of `host:port`, of a cluster of one */
  static async connect(options: { readonly brokers: string; readonly groupId: string }): Promise<GroupView> {
    const view = new GroupView(options);
    await view.#admin.connect();
    return view;
  }

  private constructor({ brokers, groupId }: { readonly brokers: string; readonly groupId: string }) {
    [this.#broker = ''] = brokers.split(',');
    this.#groupId = groupId;
    const { logLevel, Kafka } = kafkajs;
    this.#admin = new Kafka({
      brokers: [this.#broker],
      clientId: 'test-view',
      logLevel: logLevel.NOTHING,
    }).admin();
  }

  /** What the group has committed: 0 where it has not. */
  async committed(topic: string): Promise<ReadonlyMap<number, bigint>> {
    const [ofTopic] = await this.#admin.fetchOffsets({ groupId: this.#groupId, topics: [topic] });
    return offsetsOf(ofTopic?.partitions ?? []);
  }

  /** The offset behind the last record of each partition. */
  async ends(topic: string): Promise<ReadonlyMap<number, bigint>> {
    return offsetsOf(await this.#admin.fetchTopicOffsets(topic));
  }

  /** Records that the group has not committed. */
  async lag(topic: string): Promise<bigint> {
    const [ends, committed] = await Promise.all([this.ends(topic), this.committed(topic)]);
    return [...ends].reduce((sum, [partition, end]) => sum + end - (committed.get(partition) ?? 0n), 0n);
  }

  /** Makes the group forget all of its members: the dead ones at once, and those alive join anew. */
  async expelAll(): Promise<void> {
    const { groups } = await this.#admin.describeGroups([this.#groupId]);
    const members = groups.flatMap(({ members }) => members);
    for (const { memberId } of members) await leaveGroup(this.#broker, { groupId: this.#groupId, memberId });
  }

  close(): Promise<void> {
    return this.#admin.disconnect();
  }
}

/** Without a commit Kafka says -1. */
function offsetsOf(
  partitions: readonly { readonly partition: number; readonly offset: string }[],
): ReadonlyMap<number, bigint> {
  return new Map(
    partitions.map(({ partition, offset }) => [partition, offset.startsWith('-') ? 0n : BigInt(offset)]),
  );
}
