import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Names the Kafka that Maven resolves; the container image has the same version. */
export const KAFKA_POM = fileURLToPath(new URL('../../kafka/pom.xml', import.meta.url));

export function kafkaVersion(): string {
  const version = /<kafka\.version>([^<]+)</.exec(readFileSync(KAFKA_POM, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${KAFKA_POM} names no kafka.version`);
  return version;
}
