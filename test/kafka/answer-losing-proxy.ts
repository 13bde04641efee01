import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { Frames, correlationOfAnswer, correlationOfRequest, isProduceRequest } from './frames.ts';

/** Stands in front of a broker and loses its answers to produce requests, after the broker has written the records. */
export class AnswerLosingProxy {
  readonly #server: Server;
  readonly #brokerPort: number;
  readonly #sockets = new Set<Socket>();
  #toLose = 0;
  #loss: 'disconnect' | 'silence' = 'disconnect';
  #lost = 0;

  constructor(brokerPort: number) {
    this.#brokerPort = brokerPort;
    this.#server = createServer((client) => this.#connect(client));
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** From now on, so many answers never arrive: their connection ends, or they just do not come. */
  lose(answers: number, how: 'disconnect' | 'silence' = 'disconnect'): void {
    this.#lost = 0;
    this.#toLose = answers;
    this.#loss = how;
  }

  get lost(): number {
    return this.#lost;
  }

  disconnectAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.disconnectAll();
    await once(this.#server, 'close');
  }

  #connect(client: Socket): void {
    const broker = connect(this.#brokerPort, '127.0.0.1');
    const [requests, answers] = [new Frames(), new Frames()];
    const produced = new Set<number>();
    const end = (): void => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk: Buffer) => {
      for (const frame of requests.cut(chunk)) {
        if (isProduceRequest(frame)) produced.add(correlationOfRequest(frame));
      }
      broker.write(chunk);
    });
    broker.on('data', (chunk: Buffer) => {
      for (const frame of answers.cut(chunk)) {
        const isLost = produced.delete(correlationOfAnswer(frame)) && this.#lost < this.#toLose;
        if (!isLost) {
          client.write(frame);
          continue;
        }
        this.#lost += 1;
        if (this.#loss === 'disconnect') end();
      }
    });
  }
}
