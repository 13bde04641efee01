import { freePort, isPortFree } from '@parley/provisioning';

export interface WiringOptions {
  /** What the user set; it wins over every default here. */
  readonly environment: NodeJS.ProcessEnv;
  /** Without them the gateway's bus is in its memory. */
  readonly brokers: string | undefined;
  readonly redisUrl: string | undefined;
  readonly makeSecret: () => string;
  readonly ports?: { isFree(port: number): Promise<boolean>; free(): Promise<number> };
}

/** How sandbox and gateway find each other, and where people find them. */
export interface Wiring {
  readonly gatewayUrl: string;
  readonly sandboxUrl: string;
  /** `host:port` for clients. */
  readonly grpcAddress: string;
  readonly gatewayEnvironment: NodeJS.ProcessEnv;
  readonly sandboxEnvironment: NodeJS.ProcessEnv;
  /** What differs from the documented defaults, one line each. */
  readonly notices: readonly string[];
}

const DEFAULT_PORTS = { gRPC: 50_051, HTTP: 3_000, sandbox: 4_000 } as const;

export async function wire(options: WiringOptions): Promise<Wiring> {
  const { environment, brokers, redisUrl, makeSecret } = options;
  const ports = options.ports ?? { isFree: isPortFree, free: freePort };
  const notices: string[] = [];
  const portFor = async (name: keyof typeof DEFAULT_PORTS): Promise<number> => {
    const wanted = DEFAULT_PORTS[name];
    if (await ports.isFree(wanted)) return wanted;
    const port = await ports.free();
    notices.push(`port ${wanted} is taken: ${name} is on ${port}`);
    return port;
  };

  const grpcUrl = environment['GRPC_URL'] ?? `0.0.0.0:${await portFor('gRPC')}`;
  const httpPort = environment['HTTP_PORT'] ?? String(await portFor('HTTP'));
  const sandboxPort = environment['SANDBOX_PORT'] ?? String(await portFor('sandbox'));
  const gatewayUrl = `http://127.0.0.1:${httpPort}`;
  const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
  const authKey = environment['INSIDER_AUTH_KEY'] ?? makeSecret();
  const callbackTokens = environment['CALLBACK_TOKENS'] ?? makeSecret();

  return {
    gatewayUrl,
    sandboxUrl,
    grpcAddress: grpcUrl.replace(/^0\.0\.0\.0:/, '127.0.0.1:'),
    notices,
    sandboxEnvironment: {
      SANDBOX_AUTH_KEY: authKey,
      SANDBOX_CALLBACK_URL: `${gatewayUrl}/callbacks/insider/default`,
      SANDBOX_CALLBACK_TOKEN: callbackTokens.split(',', 1)[0],
      // A first message to a number that never wrote is what a pasted example is.
      SANDBOX_ENFORCE_WINDOW: 'false',
      ...environment,
      SANDBOX_PORT: sandboxPort,
    },
    gatewayEnvironment: {
      INSIDER_BASE_URL: sandboxUrl,
      ...environment,
      INSIDER_AUTH_KEY: authKey,
      CALLBACK_TOKENS: callbackTokens,
      GRPC_URL: grpcUrl,
      HTTP_PORT: httpPort,
      KAFKA_BROKERS: brokers,
      REDIS_URL: redisUrl,
    },
  };
}
