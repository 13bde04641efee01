import { join } from 'node:path';
import { LeashedProcess, freePort, waitUntil } from '@parley/provisioning';
import { REPOSITORY } from '../../processes/service-process.ts';

const READY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2_000;
const GRACE_MS = 10_000;

/** A line of a gateway's log. */
export interface LogLine {
  readonly level: number;
  readonly event?: string;
  readonly messageId?: string;
}

export interface ReplicaOptions {
  /** Also its user agent, by which the provider knows it. */
  readonly name: string;
  readonly redisUrl: string;
  readonly providerUrl: string;
  readonly limitPerSecond: number;
  /** Receives each line of its log, of all its lives. */
  readonly onLog: (line: LogLine) => void;
}

/** A gateway process that is killed and started again, on the same ports. */
export class Replica {
  readonly name: string;
  /** `host:port` */
  readonly grpcAddress: string;
  readonly #readyUrl: string;
  readonly #process: LeashedProcess;

  static async start(options: ReplicaOptions): Promise<Replica> {
    const replica = new Replica(options, { grpcPort: await freePort(), httpPort: await freePort() });
    try {
      await replica.start();
    } catch (error) {
      await replica.release();
      throw error;
    }
    return replica;
  }

  private constructor(
    options: ReplicaOptions,
    { grpcPort, httpPort }: { grpcPort: number; httpPort: number },
  ) {
    const { name, redisUrl, providerUrl, limitPerSecond, onLog } = options;
    this.name = name;
    this.grpcAddress = `127.0.0.1:${grpcPort}`;
    this.#readyUrl = `http://127.0.0.1:${httpPort}/health/ready`;
    this.#process = new LeashedProcess({
      file: process.execPath,
      args: [join(REPOSITORY, 'apps/gateway/dist/main.js')],
      graceMs: GRACE_MS,
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        AUTH: 'off',
        ROLES: 'grpc',
        GRPC_URL: this.grpcAddress,
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(httpPort),
        REDIS_URL: redisUrl,
        INSIDER_BASE_URL: providerUrl,
        INSIDER_AUTH_KEY: 'key-of-the-test',
        CALLBACK_TOKENS: 'token-of-the-test',
        INSIDER_USER_AGENT: name,
        INSIDER_MAX_MESSAGES_PER_REQUEST: '25',
        INSIDER_RATE_LIMIT_PER_SECOND: String(limitPerSecond),
      },
      onLine: (line, stream) => {
        if (stream === 'stdout') onLog(JSON.parse(line) as LogLine);
      },
    });
  }

  /** Resolves once it takes work. */
  async start(): Promise<void> {
    await this.#process.start();
    const ready = new AbortController();
    const signal = AbortSignal.any([ready.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
    const died = this.#process.exited.then(({ exitCode }) => {
      throw new Error([`ended with exit code ${exitCode}:`, ...this.#process.tail].join('\n  '));
    });
    try {
      await Promise.race([waitUntil(() => answersOk(this.#readyUrl), { signal, everyMs: 20 }), died]);
    } finally {
      died.catch(() => undefined); // later it is killed, which is what the test is about
      ready.abort();
    }
  }

  /** SIGKILL. Resolves once it is gone. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** Stops it for good, politely. */
  release(): Promise<void> {
    return this.#process.release();
  }
}

async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  await response.body?.cancel();
  return response.ok;
}
