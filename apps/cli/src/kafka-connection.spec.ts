import { expect, it } from '@jest/globals';
import { kafkaConnection } from './kafka-connection.ts';

it('kafkaConnection takes several brokers in plain text', () => {
  expect(kafkaConnection('a:9092, b:9092', {})).toEqual({
    brokers: ['a:9092', 'b:9092'],
    clientId: 'parley-cli',
    ssl: false,
  });
});

it('kafkaConnection takes TLS and password from the gateway’s own settings', () => {
  const environment = {
    KAFKA_SSL: 'true',
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'parley',
    KAFKA_SASL_PASSWORD: 'secret',
  };
  expect(kafkaConnection('a:9092', environment)).toMatchObject({
    ssl: true,
    sasl: { mechanism: 'scram-sha-512', username: 'parley', password: 'secret' },
  });
});
