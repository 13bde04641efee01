import kafkajs from 'kafkajs';
import type { Producer } from 'kafkajs';

/** Lends a producer as another team's program has one: records go as they are, whatever they hold. */
export async function withForeignProducer(
  brokers: string,
  work: (producer: Producer) => Promise<void>,
): Promise<void> {
  const kafka = new kafkajs.Kafka({
    brokers: brokers.split(','),
    clientId: 'other',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await work(producer);
  } finally {
    await producer.disconnect();
  }
}
