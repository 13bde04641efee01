import { Pool } from 'undici';
import { classify } from '../answer/classify.ts';
import type { InsiderAnswer } from '../answer/insider-answer.ts';
import { exchange } from './exchange.ts';
import { AUTH_KEY_HEADER, SEND_PATH } from './insider-message.ts';
import type { InsiderMessage, InsiderSendRequest } from './insider-message.ts';
import { WarmConnector } from './warm-connector.ts';

export interface InsiderClientOptions {
  /** HTTP or HTTPS; a path is kept as a prefix of the endpoint's. */
  readonly baseUrl: string;
  readonly authKey: string;
  /** Never empty: the provider's edge blocks requests without an agent of their own. */
  readonly userAgent: string;
  /** Limit on a whole request, from the call to the last byte of the answer. */
  readonly timeoutMs: number;
  /** A larger answer is not read to its end. @default 1,000,000 */
  readonly maxResponseBytes?: number;
  /**
   * Connections at once, one request on each; further requests wait within their time limit. The default holds the
   * provider's 10 requests a second for the 10 seconds each may take.
   * @default 100
   */
  readonly connections?: number;
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  /**
   * Asked at most once, in the tick in which the request is handed to its connected socket, before a byte leaves:
   * the last moment at which it can be kept back. False: nothing is written, the answer is `cancelled`, and the
   * connection serves the next request. It has to answer at once, since every other request waits for it. Not asked
   * when the request never gets that far.
   */
  readonly mayLeave?: () => boolean;
}

/**
 * Posts to the provider's send endpoint over keep-alive connections: one request per call, no repetition, no
 * redirects (they would carry the key elsewhere), no compression.
 */
export class InsiderClient {
  readonly #options: Required<InsiderClientOptions>;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #connector: WarmConnector;
  readonly #pool: Pool;
  #closing: Promise<void> | undefined;

  /** @throws RangeError or TypeError naming the option that cannot be used */
  constructor(options: InsiderClientOptions) {
    this.#options = { maxResponseBytes: 1_000_000, connections: 100, ...options };
    assertUsable(this.#options);

    const { timeoutMs, connections } = this.#options;
    const url = new URL(this.#options.baseUrl);
    this.#path = `${url.pathname.replace(/\/+$/, '')}${SEND_PATH}`;
    this.#headers = {
      [AUTH_KEY_HEADER]: this.#options.authKey,
      'content-type': 'application/json',
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': this.#options.userAgent,
    };
    this.#connector = new WarmConnector({
      origin: url,
      connectTimeoutMs: Math.min(timeoutMs, MAX_CONNECT_TIMEOUT_MS),
      idleTimeoutMs: IDLE_CONNECTION_MS,
    });
    this.#pool = new Pool(url.origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      connect: this.#connector.connect,
      // Off: the exchange limits the whole request, and these, which tick twice a second, may fire before it.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_CONNECTION_MS,
      keepAliveMaxTimeout: IDLE_CONNECTION_MS,
    });
  }

  /**
   * Sends the messages in one request. Never rejects. The signal counts until the request is written; from then on
   * the answer is awaited up to the time limit, because the messages may already be on their way.
   */
  async send(
    messages: readonly InsiderMessage[],
    { signal, mayLeave }: SendOptions = {},
  ): Promise<InsiderAnswer> {
    const request: InsiderSendRequest = { messages };
    const ended = await exchange(
      this.#pool,
      { path: this.#path, headers: this.#headers, body: JSON.stringify(request) },
      {
        timeoutMs: this.#options.timeoutMs,
        maxResponseBytes: this.#options.maxResponseBytes,
        ...(signal && { signal }),
        ...(mayLeave && { mayLeave }),
      },
    );
    return classify(ended, { messageCount: messages.length, nowMs: Date.now() });
  }

  /**
   * Opens a connection ahead of the next request, unless one is free, and resolves once it is open or has failed.
   * It waits a few seconds at most, like any idle connection. Never rejects.
   */
  async warm(): Promise<void> {
    if (this.#pool.stats.free === 0) await this.#connector.warm();
  }

  /** Waits for the requests under way, each within its own time limit, then closes every connection. */
  close(): Promise<void> {
    this.#connector.close();
    this.#closing ??= this.#pool.close();
    return this.#closing;
  }
}

const MAX_CONNECT_TIMEOUT_MS = 5_000;

// Short on purpose: the longer a connection idles, the likelier the peer closes it just as a request is written,
// and nobody can tell then whether the request was processed. Above, and not below, a server's own hint.
const IDLE_CONNECTION_MS = 4_000;

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

// Visible ASCII and inner spaces. A key with a line break in it is a file read carelessly.
const HEADER_VALUE = /^[!-~]([ -~]*[!-~])?$/;

function assertUsable(options: Required<InsiderClientOptions>): void {
  const protocol = URL.canParse(options.baseUrl) ? new URL(options.baseUrl).protocol : '';
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new TypeError('baseUrl must be an HTTP or HTTPS URL');
  if (!HEADER_VALUE.test(options.authKey))
    throw new TypeError('authKey must be 1 or more visible characters');
  if (!HEADER_VALUE.test(options.userAgent))
    throw new TypeError('userAgent must be 1 or more visible characters');
  for (const name of ['timeoutMs', 'maxResponseBytes', 'connections'] as const) {
    const value = options[name];
    if (!Number.isSafeInteger(value) || value < 1 || value > MAX_TIMEOUT_MS)
      throw new RangeError(`${name} must be a whole number from 1 to ${MAX_TIMEOUT_MS}`);
  }
}
