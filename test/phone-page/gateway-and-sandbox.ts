import { randomUUID } from 'node:crypto';
import { freePort } from '@parley/provisioning';
import { GatewayClient } from '@parley/testing/gateway-client';
import type { CallEnd, SendOptions } from '@parley/testing/gateway-client';
import { DevBusEvents } from '../insider-page/dev-bus-events.ts';
import { SandboxControl } from '../insider-page/sandbox-control.ts';
import { GATEWAY_GRACE_MS } from '../processes/installation.ts';
import { startService } from '../processes/service-process.ts';
import type { ServiceProcess } from '../processes/service-process.ts';
import { AUTH_KEY, SandboxProcess } from '../sandbox/sandbox-process.ts';

const CALLBACK_TOKEN = 'token-of-the-callbacks';

/** Both as processes, wired to each other, bus and state inside the gateway: to look at them needs nothing but a browser. */
export class GatewayAndSandbox {
  readonly sandbox: SandboxProcess;
  readonly control: SandboxControl;
  readonly events: DevBusEvents;
  readonly #gateway: ServiceProcess;
  readonly #client: GatewayClient;

  private constructor(parts: {
    readonly sandbox: SandboxProcess;
    readonly gateway: ServiceProcess;
    readonly client: GatewayClient;
    readonly events: DevBusEvents;
  }) {
    this.sandbox = parts.sandbox;
    this.control = new SandboxControl(parts.sandbox.url);
    this.events = parts.events;
    this.#gateway = parts.gateway;
    this.#client = parts.client;
  }

  /** The window is enforced, and previews are those of the example domains: nothing beyond this machine is asked. */
  static async start(): Promise<GatewayAndSandbox> {
    const [grpcPort, httpPort] = [await freePort(), await freePort()];
    const [grpcAddress, url] = [`127.0.0.1:${grpcPort}`, `http://127.0.0.1:${httpPort}`];
    const sandbox = await SandboxProcess.start({
      SANDBOX_ENFORCE_WINDOW: 'true',
      SANDBOX_PREVIEWS: 'fixtures',
      SANDBOX_CALLBACK_URL: `${url}/callbacks/insider/default`,
      SANDBOX_CALLBACK_TOKEN: CALLBACK_TOKEN,
    });
    const gateway = await startService({
      script: 'apps/gateway/dist/main.js',
      readyUrl: `${url}/health/ready`,
      graceMs: GATEWAY_GRACE_MS,
      environment: {
        NODE_ENV: 'test',
        GRPC_URL: grpcAddress,
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(httpPort),
        INSIDER_BASE_URL: sandbox.url,
        INSIDER_AUTH_KEY: AUTH_KEY,
        CALLBACK_TOKENS: CALLBACK_TOKEN,
        // What the sandbox makes of a closed window is what is looked at.
        WINDOW_POLICY: 'off',
        // So that a call ends with what the first answer says.
        AMBIGUOUS_SENDS: 'report',
      },
    });
    const events = await DevBusEvents.listen(url);
    const client = new GatewayClient(grpcAddress);
    await client.connect();
    return new GatewayAndSandbox({ sandbox, gateway, client, events });
  }

  /** One text by gRPC. */
  send(
    phoneNumber: string,
    body: string,
    { previewUrl = false, ...options }: SendOptions & { readonly previewUrl?: boolean } = {},
  ): Promise<CallEnd> {
    const message = { messageId: randomUUID(), phoneNumber, text: { body, previewUrl } };
    return this.#client.send([message], options);
  }

  async stop(): Promise<void> {
    this.#client.close();
    await this.events.stop();
    await this.#gateway.stop();
    await this.sandbox.stop();
  }
}

/** How a call of one message ended, in a word: its outcome, or the call's status. */
export function outcomeOf(end: CallEnd): string | undefined {
  return end.kind === 'results' ? end.results[0]?.outcome : end.code;
}
