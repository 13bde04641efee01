import { Kafka, logLevel } from 'kafkajs';
import { waitUntil } from '../wait-until.ts';

/** Waits until a broker answers a request for the cluster's metadata. `signal` is the deadline. */
export async function untilKafkaAnswers(brokers: string, signal: AbortSignal): Promise<void> {
  const kafka = new Kafka({
    clientId: 'parley-provisioning',
    brokers: brokers.split(','),
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  });
  await waitUntil(
    async () => {
      const admin = kafka.admin();
      try {
        await admin.connect();
        return (await admin.describeCluster()).brokers.length > 0;
      } finally {
        await admin.disconnect();
      }
    },
    { signal, everyMs: 100 },
  );
}
