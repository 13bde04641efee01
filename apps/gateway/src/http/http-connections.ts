import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How often a stopping server looks for connections that have become idle. */
const IDLE_CHECK_MS = 50;

/**
 * Lets a closing server end in time. Left alone it waits for its clients' keep-alive, and for connections that a client
 * opened ahead of a request, which Node does not count as idle.
 */
export class HttpConnections {
  readonly #server: Server;
  readonly #unused = new Set<Socket>();
  readonly #answering = new Set<ServerResponse>();
  #isLeaving = false;

  /** @param server not listening yet */
  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#unused.add(socket);
      socket.once('close', () => this.#unused.delete(socket));
    });
    // Before those who answer, some of them at once.
    server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#unused.delete(socket);
      this.#answering.add(response);
      response.once('close', () => this.#answering.delete(response));
      if (this.#isLeaving) makeLast(response);
    });
  }

  /**
   * From now on each answer says that it is the last one of its connection. A request that is written just as its
   * connection is closed leaves its client without knowing whether it was taken.
   */
  leave(): void {
    this.#isLeaving = true;
    for (const response of this.#answering) makeLast(response);
  }

  /** Closes each connection as soon as nothing is under way on it, and all after `graceMs`, while `closing` is pending. */
  async letGo(closing: Promise<void>, graceMs: number): Promise<void> {
    const idle = setInterval(() => {
      this.#server.closeIdleConnections();
      for (const socket of this.#unused) socket.destroy();
    }, IDLE_CHECK_MS);
    const all = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    try {
      await closing;
    } finally {
      clearInterval(idle);
      clearTimeout(all);
    }
  }
}

function makeLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
