import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseCallback } from '@parley/insider';
import type { CallbackEvent } from '@parley/insider';

export interface Received {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly events: readonly CallbackEvent[];
}

/** Who is called back, at any path: answers as it is told to, and keeps what came. */
export class Receiver {
  readonly received: Received[] = [];
  readonly #server: Server;
  #answers: number[] = [];

  private constructor() {
    this.#server = createServer((incoming, response) => {
      void this.#take(incoming).then(() => response.writeHead(this.#answers.shift() ?? 200).end());
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next calls are answered with these, all after them with 200. */
  answerNext(statuses: readonly number[]): void {
    this.#answers = [...statuses];
  }

  /** All that was told, at all paths or at one. */
  events(path?: string): readonly CallbackEvent[] {
    return this.received
      .filter((each) => path === undefined || each.path === path)
      .flatMap(({ events }) => events);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(incoming: IncomingMessage): Promise<void> {
    const body: unknown = JSON.parse(Buffer.concat(await incoming.toArray()).toString());
    const parsed = parseCallback(body);
    this.received.push({
      path: incoming.url ?? '',
      authorization: incoming.headers.authorization,
      events: parsed.kind === 'events' ? parsed.events : [],
    });
  }
}
