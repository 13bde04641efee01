import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { monotonicMs } from '@parley/testing';

/** One post of a callback as its receiver saw it. */
export interface Post {
  /** When its head had arrived, on the machine's monotonic clock. */
  readonly atMs: number;
  readonly body: unknown;
}

/** A webhook that answers as it is told and keeps what it was posted. */
export class CallbackReceiver {
  readonly posts: Post[] = [];
  readonly #server: Server;

  private constructor(statusOf: (post: number) => number) {
    this.#server = createServer((request, response) => {
      const atMs = monotonicMs();
      void json(request).then((body) => {
        this.posts.push({ atMs, body });
        response.writeHead(statusOf(this.posts.length)).end();
      });
    });
  }

  /** @param statusOf what the first, second, … post is answered */
  static async listen(statusOf: (post: number) => number): Promise<CallbackReceiver> {
    const receiver = new CallbackReceiver(statusOf);
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
