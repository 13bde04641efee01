import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import kafkajs, { type ISocketFactory, type Kafka, type SASLOptions } from 'kafkajs';
import { registerCodecs } from './codecs.ts';
import { readHeadersInOnePass } from './header-reading.ts';
import { ignoreNegativeTimeoutsOfKafkajs } from './negative-timeouts.ts';

export interface KafkaConnectionOptions {
  /** `host:port` of some brokers of the cluster; at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** True for TLS with the system's authorities. @default plain text */
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
}

/**
 * A kafkajs of its own for each producer and consumer, because consumers of one client share the cached offsets of
 * their group. It prints nothing; what matters comes out as events. And it can be ended: kafkajs has no way to give up
 * what it is waiting for, so `destroy` takes its connections away, and it makes no new ones.
 */
export class Client {
  readonly kafka: Kafka;
  readonly #sockets = new Set<Socket>();
  #destroyed = false;

  constructor({ brokers, clientId, ssl, sasl }: KafkaConnectionOptions) {
    registerCodecs();
    readHeadersInOnePass();
    ignoreNegativeTimeoutsOfKafkajs();
    this.kafka = new kafkajs.Kafka({
      brokers: [...brokers],
      clientId,
      ...(ssl !== undefined && { ssl }),
      ...(sasl && { sasl }),
      connectionTimeout: 3_000,
      requestTimeout: 15_000,
      retry: RETRY,
      logLevel: kafkajs.logLevel.NOTHING,
      logCreator: () => () => undefined,
      socketFactory: (target) => this.#connect(target),
    });
  }

  /** Ends every request under way with an error. */
  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#sockets) socket.destroy(new Error('The client is closed'));
  }

  #connect({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Socket {
    if (this.#destroyed) throw new Error('The client is closed');
    // The types do not say that plain text comes without `ssl`.
    const tls = ssl as ConnectionOptions | undefined;
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = tls
      ? connectTls({ host, port, ...servername, ...tls }, onConnect)
      : connectPlain({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

const KEEP_ALIVE_MS = 60_000;

/** Several attempts per request, because leaders move; a few seconds in all, because the callers have deadlines. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 2_000, multiplier: 2, factor: 0.2, retries: 3 };
