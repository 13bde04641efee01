import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { keepLooking } from './noticed.ts';
import type { Noticed } from './noticed.ts';
import type { Arrival, Told } from './recording-provider.ts';

/**
 * The thread behind RecordingProvider: the send endpoint, which takes everything, answers after a fixed latency, and
 * notes what came from whom. Tells its port once, of each arrival, and when it is asked all of them so far.
 */
const { latencyMs } = workerData as { latencyMs: number };
const arrivals: Arrival[] = [];
let keys = 0;

const noticed = keepLooking();

const server = createServer((request, response) => {
  const moment = noticed();
  // A request that its sender did not live to write to its end was not taken.
  take(request, response, moment).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
parentPort?.on('message', () => tell({ kind: 'arrivals', arrivals }));

function tell(fact: Told): void {
  parentPort?.postMessage(fact);
}

async function take(request: IncomingMessage, response: ServerResponse, moment: Noticed): Promise<void> {
  const { messages } = (await json(request)) as { messages: { message: { text: { body: string } } }[] };
  const bodies = messages.map(({ message }) => message.text.body);
  const arrival = { ...moment, from: request.headers['user-agent'] ?? '', bodies, wasCut: false };
  response.once('close', () => (arrival.wasCut = !response.writableFinished));
  arrivals.push(arrival);
  tell({ kind: 'arrived', from: arrival.from });
  await delay(latencyMs);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ keys: bodies.map(() => `key-${++keys}`) }));
}
