import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/**
 * A listener on loopback that accepts nobody and has no room left for more, so that to connect takes for ever:
 * what a host behind a silent firewall looks like.
 */
export class UnacceptingServer {
  readonly port: number;
  readonly #thread: Worker;
  readonly #filling: readonly Socket[];

  static async listen(): Promise<UnacceptingServer> {
    const thread = new Worker(LISTEN_AND_FREEZE, { eval: true });
    const [port] = (await once(thread, 'message')) as [number];
    // A backlog of one holds two connections (Linux).
    const filling = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    await Promise.all(filling.map((socket) => once(socket, 'connect')));
    for (const socket of filling) socket.on('error', () => undefined);
    return new UnacceptingServer(port, thread, filling);
  }

  private constructor(port: number, thread: Worker, filling: readonly Socket[]) {
    this.port = port;
    this.#thread = thread;
    this.#filling = filling;
  }

  async close(): Promise<void> {
    for (const socket of this.#filling) socket.destroy();
    await this.#thread.terminate();
  }
}

// Node accepts on its event loop, so a loop that stands still accepts nobody.
const LISTEN_AND_FREEZE = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;
