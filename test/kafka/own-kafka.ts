import { afterAll, beforeAll, describe } from '@jest/globals';
import { kafkaThroughMaven } from '@parley/provisioning';
import type { LocalKafka } from '@parley/provisioning';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 20_000;

/** A suite that stops a broker: skipped where Java and Maven do not provide one, whatever `KAFKA_BROKERS` names. */
export const describeWithKafkaServer = process.env['PARLEY_KAFKA_CLASSPATH'] ? describe : describe.skip;

/** A broker of the test's own, which can be killed and started again: another one than `KAFKA_BROKERS` names. */
export async function startOwnKafka(): Promise<LocalKafka> {
  const kafka = await kafkaThroughMaven({
    signal: AbortSignal.timeout(START_TIMEOUT_MS),
    report: (line) => console.log(line),
  });
  if (kafka.kind === 'absent') throw new Error(kafka.reason);
  return kafka;
}

/** One for all tests of a suite, from before the first of them until after the last. */
export function ownKafka(): () => LocalKafka {
  let kafka: LocalKafka | undefined;
  beforeAll(async () => {
    kafka = await startOwnKafka();
  }, START_TIMEOUT_MS);
  afterAll(() => kafka?.stop(), STOP_TIMEOUT_MS);
  return () => {
    if (!kafka) throw new Error('not started yet');
    return kafka;
  };
}
