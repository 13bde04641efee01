import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface RawServerOptions {
  /** Called when a send request has arrived whole. Silence unless given. */
  readonly onRequest?: (socket: Socket) => void;
  readonly onConnection?: (socket: Socket) => void;
}

/** A TCP server on loopback that says exactly the bytes it is told to, and counts what reaches it. */
export class RawServer {
  connections = 0;
  bytes = 0;
  requests = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async listen(options: RawServerOptions): Promise<RawServer> {
    const server = new RawServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  private constructor({ onRequest, onConnection }: RawServerOptions) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      onConnection?.(socket);
      let tail = '';
      socket.on('data', (chunk) => {
        this.bytes += chunk.length;
        tail = (tail + chunk.toString('latin1')).slice(-END_OF_REQUEST.length);
        if (tail !== END_OF_REQUEST) return;
        this.requests += 1;
        onRequest?.(socket);
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

// How the body of a send request ends, and nothing within it: quotes of a text are escaped.
const END_OF_REQUEST = '"}}}]}';
