import { freePort } from '@parley/provisioning';
import type { Programs } from './programs.ts';
import { LIMIT_PER_SECOND } from './provider-process.ts';

/** Longer than the gateway gives what waits in it and its calls in flight. */
const GRACE_MS = 25_000;

export const MESSAGES_PER_REQUEST = 100;
export const CALLBACK_TOKEN = 'token-of-the-bench';

/** pino's number of the level `warn`. */
const WARN = 40;

export interface GatewayOptions {
  readonly redisUrl: string;
  readonly providerUrl: string;
  /** Environment beside or instead of what every gateway has. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onOneCore?: boolean;
  /** Modules loaded into the process, see {@link Programs}. */
  readonly preload?: readonly string[];
  /** Receives what its log says at the level `warn` and above, from when it is ready. */
  readonly onWarning: (line: string) => void;
}

export interface GatewayAddresses {
  /** `host:port` of gRPC. */
  readonly grpc: string;
  /** Base URL of HTTP. */
  readonly http: string;
}

/**
 * Starts a built gateway as it is deployed, settings from the environment only: with the gRPC door open and no Kafka, unless
 * the settings say otherwise.
 */
export async function startGateway(programs: Programs, options: GatewayOptions): Promise<GatewayAddresses> {
  const { redisUrl, providerUrl, settings, onOneCore = false, preload, onWarning } = options;
  const [grpcPort, httpPort] = [await freePort(), await freePort()];
  let ready = false;
  const grpc = `127.0.0.1:${grpcPort}`;
  const http = `http://127.0.0.1:${httpPort}`;
  await programs.start({
    script: 'apps/gateway/dist/main.js',
    environment: {
      NODE_ENV: 'production',
      AUTH: 'off',
      ROLES: 'grpc',
      GRPC_URL: grpc,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(httpPort),
      REDIS_URL: redisUrl,
      INSIDER_BASE_URL: providerUrl,
      INSIDER_AUTH_KEY: 'key-of-the-bench',
      INSIDER_RATE_LIMIT_PER_SECOND: String(LIMIT_PER_SECOND),
      INSIDER_MAX_MESSAGES_PER_REQUEST: String(MESSAGES_PER_REQUEST),
      CALLBACK_TOKENS: CALLBACK_TOKEN,
      QUEUE_MAX_MESSAGES: '30000',
      ...settings,
    },
    readyUrl: `${http}/health/ready`,
    graceMs: GRACE_MS,
    onOneCore,
    onLine: (line) => {
      if (ready && levelOf(line) >= WARN) onWarning(line);
    },
    ...(preload && { preload }),
  });
  ready = true;
  return { grpc, http };
}

/** Of a line of the log; what is no such line is worth seeing. */
function levelOf(line: string): number {
  try {
    return (JSON.parse(line) as { level: number }).level;
  } catch {
    return WARN;
  }
}
