import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** A way to a server that can be made long: each piece of data is held for `delayMs` in both directions. */
export class SlowProxy {
  delayMs = 0;
  /** What is sent meanwhile never arrives, and nobody is told. */
  isCut = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: ProxyTarget) {
    this.#server = createServer((client) => {
      const server = connect(target);
      this.#carry(client, server);
      this.#carry(server, client);
    });
  }

  static async listen(target: ProxyTarget): Promise<SlowProxy> {
    const proxy = new SlowProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #carry(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    const later = (act: () => void): void => void setTimeout(act, this.delayMs);
    from.setNoDelay(true);
    from.on('data', (data) => {
      if (!this.isCut) later(() => to.write(data));
    });
    from.on('error', () => undefined); // 'close' follows
    from.on('close', () => {
      this.#sockets.delete(from);
      later(() => to.destroy());
    });
  }
}
