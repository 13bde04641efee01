import { Injectable } from '@nestjs/common';
import { Connections } from './connections.ts';

export type PostResult =
  { readonly kind: 'answered'; readonly status: number } | { readonly kind: 'failed'; readonly code: string };

export interface Post {
  /** HTTP or HTTPS. */
  readonly url: string;
  /** Beside those that every post has; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Posts JSON, once per call, within {@link TIMEOUT_MS}. Redirects are answers like any other. */
@Injectable()
export class CallbackPost {
  constructor(private readonly connections: Connections) {}

  /** Never rejects. */
  async post({ url, headers, body }: Post): Promise<PostResult> {
    try {
      const { origin, pathname, search } = new URL(url);
      const response = await this.connections.to(origin).request({
        method: 'POST',
        path: pathname + search,
        headers: { 'content-type': 'application/json', 'user-agent': 'parley-sandbox', ...headers },
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
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;

/** The name or code of an error, both constants; its message may hold an address. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'UNKNOWN';
}
