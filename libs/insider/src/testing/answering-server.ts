import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** The send endpoint on a thread of its own, so that it answers while the thread that asked it is busy. */
export class AnsweringServer {
  readonly url: string;
  readonly #thread: Worker;

  static async listen(): Promise<AnsweringServer> {
    const thread = new Worker(LISTEN_AND_ANSWER, { eval: true });
    const [port] = (await once(thread, 'message')) as [number];
    return new AnsweringServer(port, thread);
  }

  private constructor(port: number, thread: Worker) {
    this.url = `http://127.0.0.1:${port}`;
    this.#thread = thread;
  }

  /** Resolves when the next request has arrived: it is answered 100 ms later, with one key. */
  async arrival(): Promise<void> {
    await once(this.#thread, 'message');
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}

const LISTEN_AND_ANSWER = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => {
      parentPort.postMessage('arrived');
      setTimeout(() => response.end('{"keys":["key-1"]}'), 100);
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;
