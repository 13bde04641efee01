import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LeashedProcess, freePort, waitUntil } from '@parley/provisioning';
import type { Exit } from '@parley/provisioning';
import { REPOSITORY } from '../processes/service-process.ts';
import { GatewayClient } from '@parley/testing/gateway-client';
import type {
  CallEnd,
  Health,
  MessageState,
  SendOptions,
  Text,
  Watched,
} from '@parley/testing/gateway-client';
import { baseEnvironment } from '../processes/base-environment.ts';
import { GatewayLog } from './gateway-log.ts';

const READY_TIMEOUT_MS = 40_000;
const ASK_TIMEOUT_MS = 5_000;
/** Longer than a gateway takes for a call that waits. */
const CALL_TIMEOUT_MS = 35_000;
/** Nothing that a test needs is left when it stops a gateway, unless it says so. */
const GRACE_MS = 200;

export interface GatewaySetup {
  readonly providerUrl: string;
  /** Environment beside or instead of what every test has. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A name of its own, where the state is shared with other tests. @default the account named default */
  readonly account?: string;
  /** Arguments for Node. */
  readonly nodeArgs?: readonly string[];
  /** From SIGTERM to SIGKILL. @default 200 */
  readonly graceMs?: number;
}

/** A built gateway as a process of its own, with everything that can be seen of it from outside. */
export class GatewayProcess {
  /** Of all its lives. */
  readonly log: GatewayLog;
  readonly account: string;
  /** Of its gRPC listener, `host:port`. */
  readonly grpcAddress: string;
  readonly httpUrl: string;
  readonly #process: LeashedProcess;
  readonly #folder: string;
  readonly #client: GatewayClient;

  private constructor(parts: {
    log: GatewayLog;
    process: LeashedProcess;
    account: string;
    httpUrl: string;
    grpcAddress: string;
    folder: string;
  }) {
    this.log = parts.log;
    this.account = parts.account;
    this.#process = parts.process;
    this.grpcAddress = parts.grpcAddress;
    this.httpUrl = parts.httpUrl;
    this.#folder = parts.folder;
    this.#client = new GatewayClient(parts.grpcAddress);
  }

  /** Resolves once it serves. */
  static async start({
    providerUrl,
    settings,
    account,
    nodeArgs = [],
    graceMs = GRACE_MS,
  }: GatewaySetup): Promise<GatewayProcess> {
    const [grpcPort, httpPort] = [await freePort(), await freePort()];
    const grpcAddress = `127.0.0.1:${grpcPort}`;
    const folder = await mkdtemp(join(tmpdir(), 'parley-faults-'));
    const accountsFile = join(folder, 'accounts.json');
    if (account !== undefined) {
      await writeFile(accountsFile, JSON.stringify({ accounts: [{ name: account, authKey: AUTH_KEY }] }));
    }
    const log = new GatewayLog();
    const child = new LeashedProcess({
      file: process.execPath,
      args: [...nodeArgs, join(REPOSITORY, 'apps/gateway/dist/main.js')],
      env: {
        ...baseEnvironment(),
        NODE_ENV: 'test',
        LOG_LEVEL: 'debug',
        GRPC_URL: grpcAddress,
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(httpPort),
        INSIDER_BASE_URL: providerUrl,
        INSIDER_AUTH_KEY: AUTH_KEY,
        ...(account !== undefined && { ACCOUNTS_FILE: accountsFile }),
        ...settings,
      },
      graceMs,
      onLine: (line) => log.take(line),
    });
    const httpUrl = `http://127.0.0.1:${httpPort}`;
    const gateway = new GatewayProcess({
      log,
      process: child,
      account: account ?? 'default',
      httpUrl,
      grpcAddress,
      folder,
    });
    try {
      await gateway.start();
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  /** After a kill, on the same ports. Resolves once it serves. */
  async start(): Promise<void> {
    await this.#process.start();
    const ready = new AbortController();
    const signal = AbortSignal.any([ready.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
    const died = this.#process.exited.then(({ exitCode }) => {
      throw new Error(`ended with exit code ${exitCode}`);
    });
    died.catch(() => undefined); // later it is stopped, or killed, as the test wants it
    const isReady = async (): Promise<boolean> => (await this.readiness()).status === 200;
    try {
      await Promise.race([waitUntil(isReady, { signal, everyMs: 20 }), died]);
    } catch (cause) {
      throw new Error(['the gateway did not become ready:', ...this.#process.tail].join('\n  '), { cause });
    } finally {
      ready.abort();
    }
  }

  /** SIGKILL. Resolves once it is gone. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** SIGTERM, and SIGKILL after the grace period. Resolves once it is gone, with how it ended. */
  async terminate(): Promise<Exit> {
    const { exited } = this.#process;
    await this.#process.stop();
    return exited;
  }

  /** SIGSTOP: it keeps its connections and does nothing until {@link resume}. */
  pause(): void {
    this.#process.pause();
  }

  resume(): void {
    this.#process.resume();
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** A call for its account, by a client that connects with the first one. */
  send(messages: readonly Text[], options: Omit<SendOptions, 'account'> = {}): Promise<CallEnd> {
    return this.#client.send(messages, { ...options, account: this.account });
  }

  /** What /health/ready says. */
  async readiness(): Promise<{ readonly status: number; readonly account: AccountReadiness | undefined }> {
    const response = await fetch(`${this.httpUrl}/health/ready`, {
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    const { details } = (await response.json()) as { details?: Record<string, AccountReadiness> };
    return { status: response.status, account: details?.[`account ${this.account}`] };
  }

  /** What its gRPC health says, now and at each change; rejects with the status that it ends with. */
  watchHealth(): AsyncIterable<Health> {
    return this.#client.watchHealth();
  }

  /** Of its HTTP server. */
  get httpPort(): number {
    return Number(new URL(this.httpUrl).port);
  }

  /** Where the provider posts the callbacks of its account. */
  get callbacksUrl(): string {
    return `${this.httpUrl}/callbacks/insider/${this.account}`;
  }

  /** What /metrics says of a figure without labels; undefined when there is none. */
  async metric(name: string): Promise<number | undefined> {
    const response = await fetch(`${this.httpUrl}/metrics`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(await response.text()) ?? [];
    return value === undefined ? undefined : Number(value);
  }

  /** What it tells of a message of its account, by the provider's key; undefined when it knows none. */
  message(key: string): Promise<MessageState | undefined> {
    return this.#client.message({ account: this.account, key });
  }

  /** A watch of its account. @param fromTime as a response told it; undefined: from now on */
  watch(fromTime: unknown): AsyncIterable<Watched> {
    return this.#client.watch({ accounts: [this.account], fromTime });
  }

  /** The status that /health/live answers with. */
  async liveness(): Promise<number> {
    const response = await fetch(`${this.httpUrl}/health/live`, {
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status;
  }

  /** Puts a record on the send topic of its in-process bus. */
  async produce(record: { messageId: string; phoneNumber: string; text: { body: string } }): Promise<void> {
    const response = await fetch(`${this.httpUrl}/dev/bus/whatsapp.conversational.send.v1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...record, account: this.account }),
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.status !== 202) throw new Error(`the bus answered ${response.status}`);
  }

  /** At the provider's own path, as a client that calls the provider would. */
  async sendOverHttp({ phoneNumber, text }: Text): Promise<HttpEnd> {
    const response = await fetch(`${this.httpUrl}/v1/conversational/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ phoneNumber, message: { type: 'text', text } }] }),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const retryAfter = response.headers.get('retry-after') ?? undefined;
    return { status: response.status, retryAfter, body: await response.text() };
  }

  /** Resident memory of the process now, in MiB (Linux). */
  async residentMiB(): Promise<number> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    this.#client.close();
    await this.#process.release();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export const AUTH_KEY = 'INS.key-of-the-fault-tests';

export interface HttpEnd {
  readonly status: number;
  /** The header, as it came. */
  readonly retryAfter: string | undefined;
  readonly body: string;
}

interface AccountReadiness {
  readonly status: string;
  readonly reason?: string;
}
