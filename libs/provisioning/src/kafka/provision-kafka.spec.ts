import { describe, expect, it, jest } from '@jest/globals';
import type { Absent } from '../first-available.ts';
import type { ContainedKafka } from './in-container.ts';
import { provisionKafka } from './provision-kafka.ts';
import type { KafkaStarts } from './provision-kafka.ts';
import type { LocalKafka } from './through-maven.ts';

const ABSENT: Absent = { kind: 'absent', reason: 'missing' };

const CONTAINED: ContainedKafka = {
  kind: 'testcontainers',
  describe: 'a container',
  brokers: 'localhost:1',
  stop: () => Promise.resolve(),
};

function starts(container: ContainedKafka | Absent, maven: LocalKafka | Absent): KafkaStarts {
  return {
    testcontainers: jest.fn(() => Promise.resolve(container)),
    maven: jest.fn(() => Promise.resolve(maven)),
  };
}

function options(environment: NodeJS.ProcessEnv): Parameters<typeof provisionKafka>[0] {
  return { environment, report: () => undefined, signal: new AbortController().signal };
}

describe('provisionKafka', () => {
  it('uses what KAFKA_BROKERS names and starts nothing', async () => {
    const available = starts(CONTAINED, ABSENT);
    const kafka = await provisionKafka(options({ KAFKA_BROKERS: 'a:9092,b:9092' }), available);
    expect(kafka).toMatchObject({ kind: 'environment', brokers: 'a:9092,b:9092' });
    expect(available.testcontainers).not.toHaveBeenCalled();
    expect(available.maven).not.toHaveBeenCalled();
  });

  it('prefers a container to Maven', async () => {
    const available = starts(CONTAINED, ABSENT);
    expect(await provisionKafka(options({}), available)).toBe(CONTAINED);
    expect(available.maven).not.toHaveBeenCalled();
  });

  it('takes Maven when there is no container engine', async () => {
    const local = { kind: 'maven' } as LocalKafka;
    expect(await provisionKafka(options({}), starts(ABSENT, local))).toBe(local);
  });

  it('names every choice it tried when there is none', async () => {
    expect(await provisionKafka(options({}), starts(ABSENT, ABSENT))).toEqual({
      kind: 'none',
      why: ['KAFKA_BROKERS: not set', 'Kafka in a container: missing', 'Kafka through Maven: missing'],
    });
  });
});
