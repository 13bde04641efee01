import kafkajs, { type ICustomPartitioner, type Message, type PartitionMetadata } from 'kafkajs';

/** A message that says where it goes, and which node is thought to lead there. */
export interface PlacedMessage extends Message {
  readonly partition: number;
  readonly leader: number | undefined;
}

/**
 * The partitions of topics as one kafkajs producer knows them, and the choice among them. kafkajs shows its metadata to
 * nobody but a partitioner, so this is one: it remembers what it is shown with every request. Messages come with their
 * partition, because one that is tried again must not move to another; and a request that was meant for one leader is
 * stopped when kafkajs is about to send it to several.
 */
export class TopicPartitions {
  readonly #choose = kafkajs.Partitioners.DefaultPartitioner();
  readonly #metadata = new Map<string, PartitionMetadata[]>();

  readonly createPartitioner: ICustomPartitioner =
    () =>
    ({ topic, partitionMetadata, message }) => {
      this.#metadata.set(topic, partitionMetadata);
      const { partition, leader } = message as Partial<PlacedMessage>;
      if (partition === undefined) throw new Error('Asked only for the partitions');
      if (this.leaderOf(topic, partition) !== leader) throw new Error('The partition has another leader');
      return partition;
    };

  knows(topic: string): boolean {
    return this.#metadata.has(topic);
  }

  /** Equal keys go to the same partition, as with Kafka's own clients; a missing key goes round. */
  place(topic: string, message: Message): number {
    const partitionMetadata = this.#metadata.get(topic);
    if (!partitionMetadata) throw new Error('The partitions of this topic are not known yet');
    return this.#choose({ topic, partitionMetadata, message });
  }

  leaderOf(topic: string, partition: number): number | undefined {
    return this.#metadata.get(topic)?.find(({ partitionId }) => partitionId === partition)?.leader;
  }
}

/** What to send for a topic's partitions to be known afterwards: it names none, so it fails before anything leaves. */
export const QUESTION_FOR_PARTITIONS: Message = { value: null };
