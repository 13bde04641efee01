import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Health } from '@parley/testing/gateway-client';
import type { Replica } from '../kill/conversation.ts';

const ANSWER_TIMEOUT_MS = 5_000;

/** Everything that clients hold open at one gateway and do not use: it must not keep a stopping gateway. */
export class IdleConnections {
  /** What the watch of health told, in order. */
  readonly health: Health[] = [];
  /** Resolves when both watches have ended, with how. */
  readonly watchesEnded: Promise<readonly string[]>;
  readonly #sockets: readonly Socket[];

  /** Resolves once all are open and have been used as far as they ever will be. */
  static async open({ gateway }: Replica): Promise<IdleConnections> {
    const [used, unused] = [connect(gateway.httpPort, '127.0.0.1'), connect(gateway.httpPort, '127.0.0.1')];
    for (const socket of [used, unused]) socket.on('error', () => undefined);
    await Promise.all([once(used, 'connect'), once(unused, 'connect')]);
    used.write('GET /health/live HTTP/1.1\r\nhost: gateway\r\n\r\n');
    await once(used, 'data', { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    const connections = new IdleConnections(gateway, [used, unused]);
    return connections;
  }

  private constructor(gateway: Replica['gateway'], sockets: readonly Socket[]) {
    this.#sockets = sockets;
    this.watchesEnded = Promise.all([
      endOf(gateway.watchHealth(), (health) => this.health.push(health)),
      endOf(gateway.watch(undefined), () => undefined),
    ]);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Reads to the end. @returns the name of the status, such as `UNAVAILABLE`, or `OK` */
async function endOf<T>(stream: AsyncIterable<T>, onNews: (news: T) => void): Promise<string> {
  try {
    for await (const news of stream) onNews(news);
    return 'OK';
  } catch (error) {
    return /^\d+ ([A-Z_]+)/.exec((error as Error).message)?.[1] ?? String(error);
  }
}
