import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'undici';
import { Configuration } from '../configuration/configuration.ts';

export type PostResult =
  { readonly kind: 'answered'; readonly status: number } | { readonly kind: 'failed'; readonly code: string };

/** Posts to the webhook, once per call, within {@link TIMEOUT_MS}. Redirects are answers like any other. */
@Injectable()
export class CallbackPost implements OnApplicationShutdown {
  readonly #pool: Pool | undefined;
  readonly #path: string = '';
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ callbackUrl, callbackToken }: Configuration) {
    this.#headers = {
      'content-type': 'application/json',
      'user-agent': 'parley-sandbox',
      authorization: `Bearer ${callbackToken ?? ''}`,
    };
    if (callbackUrl === undefined) return;
    const url = new URL(callbackUrl);
    this.#path = url.pathname + url.search;
    this.#pool = new Pool(url.origin, { connections: MAX_CONNECTIONS, allowH2: false });
  }

  /** Whether there is a webhook at all. */
  get hasTarget(): boolean {
    return this.#pool !== undefined;
  }

  /** Never rejects. */
  async post(body: object): Promise<PostResult> {
    if (this.#pool === undefined) return { kind: 'failed', code: 'NO_CALLBACK_URL' };
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path: this.#path,
        headers: this.#headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      // The status is the whole answer; a body that does not end must not hold the connection.
      response.body.on('error', () => undefined);
      void response.body.dump({ limit: MAX_ANSWER_BYTES }).catch(() => undefined);
      return { kind: 'answered', status: response.statusCode };
    } catch (error) {
      return { kind: 'failed', code: codeOf(error) };
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#pool?.destroy();
  }
}

const TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 64;
const MAX_ANSWER_BYTES = 65_536;

/** The name or code of an error, both constants; its message may hold an address. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'UNKNOWN';
}
