import { randomUUID } from 'node:crypto';
import type { SendEvent } from '@parley/contracts';
import { BusError, createKafkaBus } from '@parley/kafka';
import { kafkaConnection } from './kafka-connection.ts';

export interface ProduceOptions {
  readonly to: string;
  readonly text: string;
  readonly brokers: string;
  readonly topic: string;
  readonly id?: string;
  readonly account: string;
  readonly previewUrl: boolean;
  readonly metadata: Record<string, string>;
  /** Seconds. */
  readonly timeout: number;
}

/** Puts one send event on the topic. Resolves with the exit code: 0 once all in-sync replicas hold it. */
export async function produce(options: ProduceOptions, print: (line: string) => void): Promise<number> {
  const event: SendEvent = {
    messageId: options.id ?? randomUUID(),
    account: options.account,
    phoneNumber: options.to,
    text: { body: options.text, previewUrl: options.previewUrl },
    metadata: options.metadata,
  };
  const bus = createKafkaBus(kafkaConnection(options.brokers));
  try {
    const record = { topic: options.topic, key: options.to, value: JSON.stringify(event) };
    await bus.send([record], { timeoutMs: options.timeout * 1000 });
    print(`PRODUCED  id=${event.messageId}  topic=${options.topic}`);
    return 0;
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    print(`${error.code}: ${error.message}`);
    print(`  does Kafka answer at ${options.brokers}, and is there a topic ${options.topic}?`);
    return 1;
  } finally {
    await bus.close();
  }
}
