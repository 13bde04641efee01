import { SandboxProcess } from '../sandbox/sandbox-process.ts';
import { httpCall } from './http-call.ts';
import { Receiver } from './receiver.ts';
import { SandboxControl } from './sandbox-control.ts';
import type { Answer, Call, SandboxTarget, Told } from './target.ts';

const AUTH_KEY = 'INS.key-of-the-page-tests';

/** The window as it is by default, and statuses faster than a phone, in the same order. */
export const AS_THE_PAGE = {
  SANDBOX_ENFORCE_WINDOW: 'true',
  SANDBOX_ACCEPTED_AFTER_MS: '5',
  SANDBOX_SENT_AFTER_MS: '10',
  SANDBOX_DELIVERED_AFTER_MS: '15',
  SANDBOX_READ_AFTER_MS: '20',
};

/** A documented minute in ten milliseconds. */
export const TIME_SCALE = 6_000;

/** The sandbox as a process, as it is by default but for its delays, with a webhook that tells what it got. */
export class StartedSandbox implements SandboxTarget {
  readonly name = 'sandbox';
  readonly key = AUTH_KEY;
  readonly provider: SandboxControl;

  private constructor(
    readonly webhook: Receiver,
    private readonly open: SandboxProcess,
    private readonly closed: SandboxProcess,
  ) {
    this.provider = new SandboxControl(open.url);
  }

  static async start(): Promise<StartedSandbox> {
    const webhook = await Receiver.start();
    const [open, closed] = await Promise.all([
      SandboxProcess.start({
        SANDBOX_AUTH_KEY: AUTH_KEY,
        SANDBOX_CALLBACK_URL: `${webhook.url}/webhook`,
        SANDBOX_CALLBACK_TOKEN: 'token-of-the-webhook',
        SANDBOX_TIME_SCALE: String(TIME_SCALE),
        ...AS_THE_PAGE,
      }),
      SandboxProcess.start({ SANDBOX_AUTH_KEY: AUTH_KEY, SANDBOX_ALLOWED_NETWORKS: '203.0.113.0/24' }),
    ]);
    return new StartedSandbox(webhook, open, closed);
  }

  call(call: Call): Promise<Answer> {
    return httpCall(this.open.url, AUTH_KEY, call);
  }

  callFromElsewhere(call: Call): Promise<Answer> {
    return httpCall(this.closed.url, AUTH_KEY, call);
  }

  told(key: string): readonly Told[] {
    return this.webhook
      .events()
      .flatMap((event) =>
        event.kind === 'status' && event.key === key ? [{ status: event.status, key }] : [],
      );
  }

  heard(phoneNumber: string): readonly string[] {
    return this.webhook
      .events()
      .flatMap((event) =>
        event.kind === 'inbound' && event.phoneNumber === phoneNumber ? [event.text ?? ''] : [],
      );
  }

  async stop(): Promise<void> {
    await Promise.all([this.open.stop(), this.closed.stop()]);
    await this.webhook.stop();
  }
}
