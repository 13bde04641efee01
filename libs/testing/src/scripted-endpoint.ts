import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EndpointRequest {
  readonly headers: IncomingHttpHeaders;
  readonly messages: readonly { readonly phoneNumber: string; readonly body: string }[];
}

/** `never` keeps the connection and says nothing. */
export type EndpointAnswer =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'never';

export type EndpointScript = (request: EndpointRequest) => EndpointAnswer | Promise<EndpointAnswer>;

/** The provider's send endpoint on a loopback port: answers each request as the script says, and remembers it. */
export class ScriptedEndpoint {
  readonly requests: EndpointRequest[] = [];
  readonly #server: Server;
  #script: EndpointScript | undefined;
  #keys = 0;

  private constructor(script: EndpointScript | undefined) {
    this.#script = script;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** @param script {@link accept}s everything when left out */
  static async listen(script?: EndpointScript): Promise<ScriptedEndpoint> {
    const endpoint = new ScriptedEndpoint(script);
    endpoint.#server.listen(0, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bodies in the order in which they came. */
  get bodies(): string[] {
    return this.requests.flatMap(({ messages }) => messages.map(({ body }) => body));
  }

  /** Answers from now on like this. */
  follow(script: EndpointScript): void {
    this.#script = script;
  }

  /** The good answer: a new key for each message. */
  accept({ messages }: EndpointRequest): EndpointAnswer {
    return { status: 200, body: { keys: messages.map(() => `whatsapp-key-${++this.#keys}`) } };
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = { headers: incoming.headers, messages: messagesOf(await textOf(incoming)) };
    this.requests.push(request);
    const answer = await (this.#script?.(request) ?? this.accept(request));
    if (answer === 'never') return;
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function messagesOf(text: string): EndpointRequest['messages'] {
  const { messages } = JSON.parse(text) as {
    messages: { phoneNumber: string; message: { text: { body: string } } }[];
  };
  return messages.map(({ phoneNumber, message }) => ({ phoneNumber, body: message.text.body }));
}
