import { Agent, createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
// By its path: this runs without the source condition, and nobody builds that package.
import { seededRandom } from '../libs/testing/src/seeded-random.ts';

/**
 * A network whose delay varies: forwards each request to the target a random while after its head arrived, over
 * connections that stay open. Requests overtake each other, as they do on different connections. Answers come back at
 * once.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    target: { type: 'string', default: '' },
    'min-ms': { type: 'string', default: '5' },
    'max-ms': { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
});
const [minMs, maxMs] = [Number(values['min-ms']), Number(values['max-ms'])];
const random = seededRandom(Number(values.seed));
const agent = new Agent({ keepAlive: true });

const server = createServer((incoming, response) => void forward(incoming, response));
server.keepAliveTimeout = 120_000;
server.listen(Number(values.port), '127.0.0.1');

async function forward(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  if (incoming.method === 'POST') await delay(minMs + random() * (maxMs - minMs));
  const { method, headers } = incoming;
  const outgoing = httpRequest(new URL(incoming.url ?? '/', values.target), { method, headers, agent });
  // A hop that fails is a connection that breaks, to both sides.
  outgoing.once('error', () => response.destroy());
  response.once('close', () => outgoing.destroy());
  outgoing.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  incoming.pipe(outgoing);
}
