import { freePort } from '@parley/provisioning';
import type { Programs } from './programs.ts';
import { LIMIT_PER_SECOND } from './provider-process.ts';

/** Longer than the gateway gives what waits in it and its calls in flight. */
const GRACE_MS = 25_000;

export const MESSAGES_PER_REQUEST = 100;

/** pino's number of the level `warn`. */
const WARN = 40;

export interface GatewayOptions {
  readonly redisUrl: string;
  readonly providerUrl: string;
  /** Modules loaded into the process, see {@link Programs}. */
  readonly preload?: readonly string[];
  /** Receives what its log says at the level `warn` and above, from when it is ready. */
  readonly onWarning: (line: string) => void;
}

/**
 * Starts a built gateway as it is deployed, settings from the environment only, with the gRPC door open and no Kafka.
 *
 * @returns `host:port` of gRPC
 */
export async function startGateway(programs: Programs, options: GatewayOptions): Promise<string> {
  const { redisUrl, providerUrl, preload, onWarning } = options;
  const [grpcPort, httpPort] = [await freePort(), await freePort()];
  let ready = false;
  const address = `127.0.0.1:${grpcPort}`;
  await programs.start({
    script: 'apps/gateway/dist/main.js',
    environment: {
      NODE_ENV: 'production',
      AUTH: 'off',
      ROLES: 'grpc',
      GRPC_URL: address,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(httpPort),
      REDIS_URL: redisUrl,
      INSIDER_BASE_URL: providerUrl,
      INSIDER_AUTH_KEY: 'key-of-the-bench',
      INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
      INSIDER_MAX_MESSAGES_PER_REQUEST: String(MESSAGES_PER_REQUEST),
      CALLBACK_TOKENS: 'token-of-the-bench',
      QUEUE_MAX_MESSAGES: '30000',
    },
    readyUrl: `http://127.0.0.1:${httpPort}/health/ready`,
    graceMs: GRACE_MS,
    onLine: (line) => {
      if (ready && levelOf(line) >= WARN) onWarning(line);
    },
    ...(preload && { preload }),
  });
  ready = true;
  return address;
}

/** Of a line of the log; what is no such line is worth seeing. */
function levelOf(line: string): number {
  try {
    return (JSON.parse(line) as { level: number }).level;
  } catch {
    return WARN;
  }
}
