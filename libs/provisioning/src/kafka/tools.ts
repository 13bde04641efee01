import { join } from 'node:path';

/** Kafka's own command line tools: what another team would use to look at the topics. */
export interface KafkaTools {
  /** The class path that holds them, to hand to another process. */
  readonly classPath: string;
  /** @param mainClass such as `org.apache.kafka.tools.ConsoleConsumer` */
  command(mainClass: string, args: readonly string[]): { readonly file: string; readonly args: string[] };
}

export function kafkaTools(classPath: string, environment: NodeJS.ProcessEnv = process.env): KafkaTools {
  return {
    classPath,
    command: (mainClass, args) => ({
      file: javaProgram(environment),
      args: [...QUICK_START, '-Xmx256m', '-cp', classPath, mainClass, ...args],
    }),
  };
}

/** Short-lived and small: the second compiler and the parallel collector cost more than they give. */
export const QUICK_START: readonly string[] = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

export function javaProgram({ JAVA_HOME }: NodeJS.ProcessEnv): string {
  return JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java';
}
