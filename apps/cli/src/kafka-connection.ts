import type { KafkaConnectionOptions } from '@parley/kafka';

/** By `--brokers`, and by the gateway’s own settings KAFKA_SSL and KAFKA_SASL_…, so that no password stands on a command line. */
export function kafkaConnection(
  brokers: string,
  environment: NodeJS.ProcessEnv = process.env,
): KafkaConnectionOptions {
  const { KAFKA_SSL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = environment;
  const sasl = {
    mechanism: KAFKA_SASL_MECHANISM as Mechanism,
    username: KAFKA_SASL_USERNAME ?? '',
    password: KAFKA_SASL_PASSWORD ?? '',
  } as NonNullable<KafkaConnectionOptions['sasl']>;
  return {
    brokers: brokers.split(',').map((broker) => broker.trim()),
    clientId: 'parley-cli',
    ssl: KAFKA_SSL === 'true',
    ...(KAFKA_SASL_MECHANISM !== undefined && { sasl }),
  };
}

type Mechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';
