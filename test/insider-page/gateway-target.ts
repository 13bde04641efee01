import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@parley/provisioning';
import { GATEWAY_GRACE_MS } from '../processes/installation.ts';
import { startService } from '../processes/service-process.ts';
import type { ServiceProcess } from '../processes/service-process.ts';
import { SandboxProcess } from '../sandbox/sandbox-process.ts';
import { DevBusEvents } from './dev-bus-events.ts';
import { httpCall } from './http-call.ts';
import { SandboxControl } from './sandbox-control.ts';
import { AS_THE_PAGE } from './sandbox-target.ts';
import type { Answer, Call, Target, Told } from './target.ts';

const PROVIDER_KEY = 'INS.key-of-the-gateway';
const CALLER_TOKEN = 'token-of-a-caller';
const CALLBACK_TOKEN = 'token-of-the-callbacks';

/** The gateway's drop-in endpoint, a sandbox behind it. Bus and state are in its process. */
export class StartedGateway implements Target {
  readonly name = 'gateway';
  readonly key = CALLER_TOKEN;
  readonly provider: SandboxControl;

  private constructor(
    private readonly parts: {
      readonly url: string;
      readonly gateway: ServiceProcess;
      readonly sandbox: SandboxProcess;
      readonly events: DevBusEvents;
      readonly folder: string;
    },
  ) {
    this.provider = new SandboxControl(parts.sandbox.url);
  }

  static async start(): Promise<StartedGateway> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-page-'));
    const [grpcPort, httpPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${httpPort}`;
    const sandbox = await SandboxProcess.start({
      SANDBOX_AUTH_KEY: PROVIDER_KEY,
      SANDBOX_CALLBACK_URL: `${url}/callbacks/insider/default`,
      SANDBOX_CALLBACK_TOKEN: CALLBACK_TOKEN,
      ...AS_THE_PAGE,
    });
    const gateway = await startService({
      script: 'apps/gateway/dist/main.js',
      readyUrl: `${url}/health/ready`,
      graceMs: GATEWAY_GRACE_MS,
      environment: {
        NODE_ENV: 'test',
        GRPC_URL: `127.0.0.1:${grpcPort}`,
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(httpPort),
        INSIDER_BASE_URL: sandbox.url,
        INSIDER_AUTH_KEY: PROVIDER_KEY,
        CALLBACK_TOKENS: CALLBACK_TOKEN,
        CALLERS_FILE: await callersFile(folder),
      },
    });
    const events = await DevBusEvents.listen(url);
    return new StartedGateway({ url, gateway, sandbox, events, folder });
  }

  call(call: Call): Promise<Answer> {
    return httpCall(this.parts.url, CALLER_TOKEN, call);
  }

  told(key: string): readonly Told[] {
    return this.parts.events.statuses.flatMap((event) =>
      event.key === key ? [{ status: event.status, key }] : [],
    );
  }

  heard(phoneNumber: string): readonly string[] {
    return this.parts.events.inbound.flatMap((event) =>
      event.phoneNumber === phoneNumber ? [event.text ?? ''] : [],
    );
  }

  async stop(): Promise<void> {
    const { events, gateway, sandbox, folder } = this.parts;
    await events.stop();
    await gateway.stop();
    await sandbox.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function callersFile(folder: string): Promise<string> {
  const path = join(folder, 'callers.json');
  const tokenSha256 = createHash('sha256').update(CALLER_TOKEN).digest('hex');
  const callers = [{ name: 'page', tokenSha256, accounts: ['default'] }];
  await writeFile(path, JSON.stringify({ callers }));
  return path;
}
