import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as the provider saw it. */
export interface Arrival {
  /** When its head had arrived, on this process's monotonic clock. */
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  /** Bodies of its texts, which the tests make the same as the messages' ids. */
  readonly ids: readonly string[];
  /** Whether the provider took the messages, whatever the sender learned of it. */
  taken: boolean;
}

/** Answers, or does worse. Nothing happens beside: whoever takes the messages says so in the arrival. */
export type Behaviour = (arrival: Arrival, response: ServerResponse) => void;

export interface ProviderOptions {
  readonly behaviour?: Behaviour;
  /** @default any that is free */
  readonly port?: number;
  /** Speaks TLS when given. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** The provider's send endpoint on a loopback port, which keeps a record of every request and can do any wrong. */
export class FaultyProvider {
  readonly arrivals: Arrival[] = [];
  connections = 0;
  behaviour: Behaviour;
  readonly #server: Server;

  private constructor({ behaviour = accept, certificate }: ProviderOptions) {
    this.behaviour = behaviour;
    const take = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#take(request, response);
    this.#server = certificate ? createTlsServer(certificate, take) : createServer(take);
    this.#server.on('connection', () => (this.connections += 1));
    // Connections are the client's to close, so that none is closed just as a request is written.
    this.#server.keepAliveTimeout = 120_000;
  }

  static async listen(options: ProviderOptions = {}): Promise<FaultyProvider> {
    const provider = new FaultyProvider(options);
    provider.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(provider.#server, 'listening');
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many requests carried it. */
  timesSeen(id: string): number {
    return this.arrivals.filter(({ ids }) => ids.includes(id)).length;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const atMs = performance.now();
    response.on('error', () => undefined);
    const { messages } = JSON.parse(await text(request)) as {
      messages: { message: { text: { body: string } } }[];
    };
    const ids = messages.map(({ message }) => message.text.body);
    const arrival = { atMs, headers: request.headers, ids, taken: false };
    this.arrivals.push(arrival);
    this.behaviour(arrival, response);
  }
}

/** The good answer: a key for each message. */
export function accept(arrival: Arrival, response: ServerResponse): void {
  arrival.taken = true;
  answer(response, 200, { keys: arrival.ids.map((id) => `whatsapp-${id}`) });
}

export function answer(
  response: ServerResponse,
  status: number,
  body: object | string = {},
  headers: Readonly<Record<string, string>> = {},
): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body));
}
