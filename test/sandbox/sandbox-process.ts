import { freePort } from '@parley/provisioning';
import { startService } from '../processes/service-process.ts';
import type { ServiceProcess } from '../processes/service-process.ts';

const GRACE_MS = 5_000;

export const AUTH_KEY = 'key-of-the-test';

/** A built sandbox on a port of its own, which it keeps over a restart. */
export class SandboxProcess {
  readonly url: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #port: number;
  #service: ServiceProcess | undefined;

  private constructor(port: number, environment: Readonly<Record<string, string>>) {
    this.#port = port;
    this.#environment = environment;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param environment beside the address and the key; windows are not enforced unless it says so */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<SandboxProcess> {
    const sandbox = new SandboxProcess(await freePort(), environment);
    await sandbox.start();
    return sandbox;
  }

  async start(): Promise<void> {
    this.#service = await startService({
      script: 'apps/sandbox/dist/main.js',
      readyUrl: `${this.url}/sandbox/health`,
      graceMs: GRACE_MS,
      environment: {
        NODE_ENV: 'production',
        SANDBOX_HOST: '127.0.0.1',
        SANDBOX_PORT: String(this.#port),
        SANDBOX_AUTH_KEY: AUTH_KEY,
        SANDBOX_ENFORCE_WINDOW: 'false',
        ...this.#environment,
      },
    });
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    await this.#service?.stop();
    this.#service = undefined;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#service?.kill();
    this.#service = undefined;
  }

  /** The user writes. */
  async writeAsUser(text: string, phoneNumber = '+14155550100'): Promise<void> {
    await fetch(`${this.url}/sandbox/inbound`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ phoneNumber, text }),
      signal: AbortSignal.timeout(5_000),
    });
  }

  /** How many attempts at callbacks it has noted. */
  async attempts(): Promise<number> {
    const response = await fetch(`${this.url}/sandbox/callbacks`, { signal: AbortSignal.timeout(5_000) });
    const { attempts } = (await response.json()) as { attempts: readonly object[] };
    return attempts.length;
  }

  /** A text to the endpoint. @returns its key */
  async send(
    text: string,
    phoneNumber = '+14155550100',
    { previewUrl = false }: { readonly previewUrl?: boolean } = {},
  ): Promise<string> {
    const response = await fetch(`${this.url}/v1/conversational/send`, {
      method: 'POST',
      headers: {
        'x-ins-auth-key': AUTH_KEY,
        'content-type': 'application/json',
        'user-agent': 'parley-test',
      },
      body: JSON.stringify({
        messages: [{ phoneNumber, message: { type: 'text', text: { body: text, preview_url: previewUrl } } }],
      }),
      signal: AbortSignal.timeout(5_000),
    });
    const { keys } = (await response.json()) as { keys: readonly string[] };
    return keys[0] ?? '';
  }
}
