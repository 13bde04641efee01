import type { Absent, StartContext } from '../first-available.ts';
import { findContainerEngine, startContainer } from '../container/start-container.ts';
import { untilRedisAnswers } from './answers.ts';

const IMAGE = 'redis:8';
const PORT = 6379;

export interface ContainedRedis {
  readonly kind: 'testcontainers';
  readonly describe: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the official Redis image on the machine's Docker engine. */
export async function redisInContainer({ signal, report }: StartContext): Promise<ContainedRedis | Absent> {
  const engine = await findContainerEngine();
  if (!engine) return { kind: 'absent', reason: 'no engine answers' };
  report(`starting ${IMAGE} in a container …`);
  // As the one from the PATH: a restart keeps what was acknowledged.
  const container = engine.container(IMAGE).withCommand(['redis-server', '--appendonly', 'yes']);
  const started = await startContainer(container.withExposedPorts(PORT), signal);
  const port = started.getMappedPort(PORT);
  try {
    await untilRedisAnswers(engine.host, port, signal);
  } catch (error) {
    await started.stop();
    throw error;
  }
  return {
    kind: 'testcontainers',
    describe: `${IMAGE} in a container`,
    url: `redis://${engine.host}:${port}`,
    stop: async () => {
      await started.stop();
    },
  };
}
