import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

export interface WarmConnectorOptions {
  readonly origin: URL;
  readonly connectTimeoutMs: number;
  /** How long a connection opened ahead may wait for its first request before it is closed. */
  readonly idleTimeoutMs: number;
}

/**
 * Opens connections for a pool, at most one of them ahead of its request. Opening ahead sends nothing but the TCP
 * and TLS handshakes, so it uses up no request of the provider's rate limit.
 */
export class WarmConnector {
  readonly #options: WarmConnectorOptions;
  readonly #open: buildConnector.connector;
  #waiting: { readonly socket: Socket; readonly timer: NodeJS.Timeout } | undefined;
  #warming: Promise<void> | undefined;
  #closed = false;

  constructor(options: WarmConnectorOptions) {
    this.#options = options;
    // HTTP/1.1 only: whether a request was written is known per connection, and one connection carries one request.
    this.#open = buildConnector({ timeout: options.connectTimeoutMs, allowH2: false });
  }

  /** For the pool: the connection opened ahead when there is one, else a new one. */
  readonly connect: buildConnector.connector = (options, callback) => {
    const socket = this.#take();
    if (socket === undefined) this.#open(options, callback);
    else queueMicrotask(() => callback(null, socket));
  };

  /** Opens a connection ahead, unless one is waiting. Never rejects: a failure is the next request's to tell. */
  warm(): Promise<void> {
    if (this.#closed || this.#waiting?.socket.destroyed === false) return Promise.resolve();
    this.#warming ??= this.#openAhead().finally(() => {
      this.#warming = undefined;
    });
    return this.#warming;
  }

  /** Closes what waits and keeps nothing from now on. */
  close(): void {
    this.#closed = true;
    this.#take()?.destroy();
  }

  #openAhead(): Promise<void> {
    const { hostname, host, protocol, port } = this.#options.origin;
    // As undici passes it: an IPv6 address without its brackets.
    const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    return new Promise((resolve) => {
      this.#open({ hostname: bare, host, protocol, port }, (...[error, socket]) => {
        if (error === null) this.#keep(socket);
        resolve();
      });
    });
  }

  #keep(socket: Socket): void {
    if (this.#closed || socket.destroyed) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), this.#options.idleTimeoutMs);
    timer.unref();
    socket.unref();
    this.#waiting = { socket, timer };
  }

  #take(): Socket | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    clearTimeout(waiting?.timer);
    // A server that closes the connection meanwhile has it destroyed here, too.
    if (waiting?.socket.destroyed !== false) return undefined;
    waiting.socket.ref();
    return waiting.socket;
  }
}
