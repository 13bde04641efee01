export { provisionKafka } from './kafka/provision-kafka.ts';
export type { NamedKafka, ProvisionedKafka } from './kafka/provision-kafka.ts';
export type { ContainedKafka } from './kafka/in-container.ts';
export { kafkaThroughMaven } from './kafka/through-maven.ts';
export type { LocalKafka, LocalKafkaAddress } from './kafka/through-maven.ts';
export { kafkaTools } from './kafka/tools.ts';
export type { KafkaTools } from './kafka/tools.ts';

export { provisionRedis } from './redis/provision-redis.ts';
export type { NamedRedis, ProvisionedRedis } from './redis/provision-redis.ts';
export type { ContainedRedis } from './redis/in-container.ts';
export { isRedisServerOnPath, startRedisServer } from './redis/on-path.ts';
export type { LocalRedis } from './redis/on-path.ts';

export { provisionChromium } from './chromium/provision-chromium.ts';
export type { ProvisionedChromium } from './chromium/provision-chromium.ts';

export { findLibfaketime, provideLibfaketime } from './libfaketime.ts';

export { unpackDebianPackage } from './debian-packages.ts';

export type { ProvisionOptions } from './provision-options.ts';
export type { Absent, Report, StartContext, Unavailable } from './first-available.ts';

// Processes that end with the one that started them.
export { LeashedProcess } from './process/leashed-process.ts';
export type { Exit, LeashedOptions, Restartable } from './process/leashed-process.ts';

export { buildRepository } from './build-repository.ts';
export { freePort, isPortFree } from './free-port.ts';
export { waitUntil } from './wait-until.ts';
export { runCommand } from './process/run-command.ts';
export type { CommandOutcome } from './process/run-command.ts';
