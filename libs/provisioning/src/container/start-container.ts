import type { GenericContainer, StartedTestContainer } from 'testcontainers';

export interface ContainerEngine {
  /** Where mapped ports of its containers are reached. */
  readonly host: string;
  /** Makes the description of a container; `start` of it is for `startContainer`. */
  container(image: string): GenericContainer;
}

/** @returns the engine that DOCKER_HOST or the usual sockets lead to, or `undefined` when none answers */
export async function findContainerEngine(): Promise<ContainerEngine | undefined> {
  // Loaded when wanted: it takes longer than all the rest of a start without an engine.
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  try {
    const { info } = await getContainerRuntimeClient();
    return { host: info.containerRuntime.host, container: (image) => new GenericContainer(image) };
  } catch {
    // testcontainers knows this failure only as "no strategy worked", which is the answer.
    return undefined;
  }
}

/**
 * Pulls the image when it is missing and starts the container. testcontainers cannot be interrupted: after an abort the
 * container is stopped as soon as it is up, and its reaper takes it when this process is gone by then.
 */
export async function startContainer(
  container: GenericContainer,
  signal: AbortSignal,
): Promise<StartedTestContainer> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort);
  const starting = container.start();
  try {
    return await Promise.race([starting, aborted]);
  } catch (error) {
    starting.then((late) => late.stop()).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
