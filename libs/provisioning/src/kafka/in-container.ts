import type { Absent, StartContext } from '../first-available.ts';
import { findContainerEngine, startContainer } from '../container/start-container.ts';
import { freePort } from '../free-port.ts';
import { untilKafkaAnswers } from './answers.ts';
import { brokerSettings } from './broker-settings.ts';
import { kafkaVersion } from './version.ts';

const BROKER_PORT = 9092;
const CONTROLLER_PORT = 9093;

export interface ContainedKafka {
  readonly kind: 'testcontainers';
  readonly describe: string;
  readonly brokers: string;
  stop(): Promise<void>;
}

/** Starts the official Apache Kafka image on the machine's Docker engine. */
export async function kafkaInContainer({ signal, report }: StartContext): Promise<ContainedKafka | Absent> {
  const engine = await findContainerEngine();
  if (!engine) return { kind: 'absent', reason: 'no engine answers' };
  const image = `apache/kafka:${kafkaVersion()}`;
  report(`starting ${image} in a container …`);
  // Kafka tells its clients where to find it, so the port outside must be known before it starts.
  const port = await freePort();
  const brokers = `${engine.host}:${port}`;
  const settings = brokerSettings({
    advertised: brokers,
    listenHost: '0.0.0.0',
    brokerPort: BROKER_PORT,
    controllerPort: CONTROLLER_PORT,
  });
  const started = await startContainer(
    engine
      .container(image)
      .withExposedPorts({ container: BROKER_PORT, host: port })
      .withEnvironment(asEnvironment(settings)),
    signal,
  );
  try {
    await untilKafkaAnswers(brokers, signal);
  } catch (error) {
    await started.stop();
    throw error;
  }
  return {
    kind: 'testcontainers',
    describe: `${image} in a container`,
    brokers,
    stop: async () => {
      await started.stop();
    },
  };
}

/** The image takes a setting `a.b` as the variable `KAFKA_A_B`. */
function asEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      value,
    ]),
  );
}
