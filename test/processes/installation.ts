import { randomUUID } from 'node:crypto';
import { TOPICS } from '@parley/contracts';
import type { TopicRole } from '@parley/contracts';
import { createTopics } from '@parley/kafka';
import { freePort } from '@parley/provisioning';
import { startService } from './service-process.ts';
import type { ServiceProcess } from './service-process.ts';

/** Longer than the gateway gives what waits in it, its calls in flight and its last events. */
export const GATEWAY_GRACE_MS = 25_000;

const SANDBOX_GRACE_MS = 5_000;
const CREATE_TOPICS_TIMEOUT_MS = 20_000;
const AUTH_KEY = 'key-of-the-test';

/** A sandbox and a gateway that know each other: free ports, and topics and group id that no other run uses. */
export interface Installation {
  readonly gatewayUrl: string;
  readonly sandboxUrl: string;
  /** `host:port` */
  readonly grpcAddress: string;
  readonly callbackToken: string;
  readonly groupId: string;
  readonly topics: Readonly<Record<TopicRole, string>>;
  startSandbox(): Promise<ServiceProcess>;
  startGateway(): Promise<ServiceProcess>;
  /** Stops everything that was started here. */
  stop(): Promise<void>;
}

export async function planInstallation(options: {
  /** Comma list of `host:port`. */
  readonly brokers: string;
  readonly gatewaySettings?: Readonly<Record<string, string>>;
}): Promise<Installation> {
  const { brokers, gatewaySettings } = options;
  const [grpcPort, httpPort, sandboxPort] = [await freePort(), await freePort(), await freePort()];
  const gatewayUrl = `http://127.0.0.1:${httpPort}`;
  const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
  const grpcAddress = `127.0.0.1:${grpcPort}`;
  const callbackToken = randomUUID();
  const run = `e2e-${randomUUID().slice(0, 8)}`;
  const groupId = `${run}.gateway`;
  const topics = Object.fromEntries(
    Object.entries(TOPICS).map(([role, name]) => [role, `${run}.${name}`]),
  ) as Record<TopicRole, string>;

  const started: ServiceProcess[] = [];
  const start = async (starting: Promise<ServiceProcess>): Promise<ServiceProcess> => {
    const service = await starting;
    started.push(service);
    return service;
  };

  return {
    gatewayUrl,
    sandboxUrl,
    grpcAddress,
    callbackToken,
    groupId,
    topics,
    startSandbox: () =>
      start(
        startService({
          script: 'apps/sandbox/dist/main.js',
          readyUrl: `${sandboxUrl}/sandbox/health`,
          graceMs: SANDBOX_GRACE_MS,
          environment: {
            SANDBOX_HOST: '127.0.0.1',
            SANDBOX_PORT: String(sandboxPort),
            SANDBOX_AUTH_KEY: AUTH_KEY,
            SANDBOX_CALLBACK_URL: `${gatewayUrl}/callbacks/insider/default`,
            SANDBOX_CALLBACK_TOKEN: callbackToken,
            SANDBOX_ENFORCE_WINDOW: 'false',
          },
        }),
      ),
    startGateway: () =>
      start(
        startService({
          script: 'apps/gateway/dist/main.js',
          readyUrl: `${gatewayUrl}/health/ready`,
          graceMs: GATEWAY_GRACE_MS,
          environment: {
            NODE_ENV: 'production',
            AUTH: 'off',
            GRPC_URL: grpcAddress,
            HTTP_HOST: '127.0.0.1',
            HTTP_PORT: String(httpPort),
            KAFKA_BROKERS: brokers,
            KAFKA_GROUP_ID: groupId,
            INSIDER_BASE_URL: sandboxUrl,
            INSIDER_AUTH_KEY: AUTH_KEY,
            CALLBACK_TOKENS: callbackToken,
            ...Object.fromEntries(
              Object.entries(topics).map(([role, topic]) => [`TOPIC_${role.toUpperCase()}`, topic]),
            ),
            ...gatewaySettings,
          },
        }),
      ),
    stop: async () => {
      await Promise.all(started.splice(0).map((service) => service.stop()));
    },
  };
}

/** What operations would create before the first start: keys in order, several partitions side by side. */
export async function createTopicsOf(
  { topics }: Pick<Installation, 'topics'>,
  brokers: string,
): Promise<void> {
  const specs = Object.values(topics).map((topic) => ({ topic, partitions: 3 }));
  await createTopics(brokers.split(','), specs, { timeoutMs: CREATE_TOPICS_TIMEOUT_MS });
}
