const TIMEOUT_MS = 5_000;

export interface SandboxMessage {
  readonly key: string;
  readonly phoneNumber: string;
  readonly body: string;
  readonly previewUrl: boolean;
  readonly statuses: readonly { readonly status: string; readonly code?: number }[];
}

export interface SandboxRequest {
  readonly remoteAddress: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status?: number;
}

export interface SandboxAttempt {
  readonly attempt: number;
  readonly time: string;
  readonly status?: number;
}

/** The control API of a sandbox, as far as these tests need it. */
export class SandboxControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The sandbox as it started. */
  async reset(): Promise<void> {
    await this.#ask('POST', '/sandbox/reset');
  }

  /** Of the settings that can change while it runs, until the next reset. */
  async change(settings: object): Promise<void> {
    await this.#ask('PATCH', '/sandbox/settings', settings);
  }

  async userWrites(phoneNumber: string, text = 'Hello'): Promise<void> {
    await this.#ask('POST', '/sandbox/inbound', { phoneNumber, text });
  }

  async messagesTo(phoneNumber: string): Promise<readonly SandboxMessage[]> {
    const query = new URLSearchParams({ recipient: phoneNumber });
    const answer = await this.#ask('GET', `/sandbox/messages?${query.toString()}`);
    return (answer as { messages: SandboxMessage[] }).messages;
  }

  /** Messages received since the last reset. */
  async total(): Promise<number> {
    return ((await this.#ask('GET', '/sandbox/messages')) as { total: number }).total;
  }

  async conversation(phoneNumber: string): Promise<{ windowClosesTime?: string; lastTime: string }> {
    const answer = await this.#ask('GET', `/sandbox/conversations/${encodeURIComponent(phoneNumber)}`);
    return (answer as { conversation: { windowClosesTime?: string; lastTime: string } }).conversation;
  }

  async refused(): Promise<readonly SandboxRequest[]> {
    const answer = await this.#ask('GET', '/sandbox/requests?refused=true');
    return (answer as { requests: SandboxRequest[] }).requests;
  }

  /** Every attempt at a callback of this message, in the order they were made. */
  async attempts(key: string): Promise<readonly SandboxAttempt[]> {
    const answer = await this.#ask('GET', `/sandbox/callbacks?key=${key}`);
    return (answer as { attempts: SandboxAttempt[] }).attempts;
  }

  async callbacksUnderWay(): Promise<number> {
    const answer = await this.#ask('GET', '/sandbox/health');
    const { waiting, retrying } = (answer as { callbacks: { waiting: number; retrying: number } }).callbacks;
    return waiting + retrying;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
