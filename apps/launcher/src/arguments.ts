import { parseArgs } from 'node:util';

export type Bus = 'memory' | 'kafka';

export type ParsedArguments =
  /** Without `bus`: Kafka when it can be had, else in memory. */
  | { readonly kind: 'launch'; readonly bus: Bus | undefined }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly message: string };

export const HELP = `npm start -- [--bus=memory|kafka]

Starts the sandbox and the gateway, wired to each other, with Kafka and Redis.

  --bus=memory   no Kafka: the bus lives in the gateway's memory, and so does its state unless REDIS_URL names a Redis
  --bus=kafka    Kafka or nothing: fails when none can be had
  --help         this text

Kafka comes from KAFKA_BROKERS, else a Docker engine, else Java 17 and Maven; Redis from REDIS_URL, else a Docker
engine, else redis-server. Settings in the environment (HTTP_PORT, GRPC_URL, SANDBOX_PORT, ...) win over the defaults.
Ctrl-C stops everything; a second Ctrl-C does not wait for it.`;

export function parseArguments(argv: readonly string[]): ParsedArguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { bus: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help) return { kind: 'help' };
    const { bus } = values;
    if (bus === undefined || bus === 'memory' || bus === 'kafka') return { kind: 'launch', bus };
    return { kind: 'invalid', message: `--bus is "memory" or "kafka", not "${bus}"` };
  } catch (error) {
    return { kind: 'invalid', message: error instanceof Error ? error.message : String(error) };
  }
}
