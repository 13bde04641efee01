import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '@parley/testing';
import { keepLooking } from '../kill/noticed.ts';
import type { Noticed } from '../kill/noticed.ts';
import type { Arrival, Mood, Order, Told } from './moody-provider.ts';

/** The thread behind MoodyProvider: the send endpoint. Tells its port once, and each request when it knows its fate. */
const { latencyMs, seed } = workerData as { latencyMs: number; seed: number };
const random = seededRandom(seed);
let mood: Mood = 'well';
let keys = 0;
let port = 0;

const noticed = keepLooking();

const server = createServer((request, response) => {
  const moment = noticed();
  response.on('error', () => undefined);
  // A request that its sender did not live to write to its end was not taken.
  take(request, response, moment).catch(() => response.destroy());
});
// Connections are the client's to close, so that none is closed just as a request is written.
server.keepAliveTimeout = 120_000;
server.on('error', (error) => {
  throw error;
});
server.listen(0, '127.0.0.1', () => {
  ({ port } = server.address() as AddressInfo);
  parentPort?.postMessage(port);
});
parentPort?.on('message', (order: Order) => turn(order.mood));

function turn(next: Mood): void {
  const wasRefusing = mood === 'refuses connections';
  mood = next;
  if (mood === 'refuses connections') {
    server.close();
    server.closeAllConnections();
  } else if (wasRefusing) server.listen(port, '127.0.0.1');
}

async function take(request: IncomingMessage, response: ServerResponse, moment: Noticed): Promise<void> {
  const { messages } = (await json(request)) as {
    messages: { phoneNumber: string; message: { text: { body: string } } }[];
  };
  const [met, isTaken] = [mood, isTakenIn(mood)];
  const arrival: Arrival = {
    ...moment,
    mood: met,
    from: request.headers['user-agent'] ?? '',
    bodies: messages.map(({ message }) => message.text.body),
    phoneNumbers: messages.map(({ phoneNumber }) => phoneNumber),
    keys: isTaken ? messages.map(() => `key-${++keys}`) : [],
  };
  parentPort?.postMessage({ arrival } satisfies Told);
  await delay(latencyMs);
  await ANSWERS[met](response, arrival.keys);
}

/** Whatever its sender learns of it. */
function isTakenIn(now: Mood): boolean {
  if (TAKES_ALL.has(now)) return true;
  return TAKES_SOME.has(now) && random() < 0.5;
}

const TAKES_ALL: ReadonlySet<Mood> = new Set<Mood>(['well', 'answers slowly', 'answers garbage']);
const TAKES_SOME: ReadonlySet<Mood> = new Set<Mood>(['loses answers', '500', '504']);

type Answer = (response: ServerResponse, keys: readonly string[]) => void | Promise<void>;

const ANSWERS: Readonly<Record<Mood, Answer>> = {
  well: (response, keys) => answer(response, 200, { keys }),
  'loses answers': (response) => void response.destroy(),
  'refuses connections': (response) => void response.destroy(),
  'answers slowly': async (response, keys) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const character of JSON.stringify({ keys })) {
      if (response.destroyed) return;
      response.write(character);
      await delay(1_000);
    }
    response.end();
  },
  'answers garbage': (response, keys) => {
    const bodies = ['<html>Just a moment…</html>', JSON.stringify({ keys }).slice(0, -3), '{"keys":[]}'];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(bodies[Math.floor(random() * bodies.length)]);
  },
  '401': (response) => answer(response, 401, { message: 'Unauthorized' }),
  '403': (response) => answer(response, 403, { message: 'ip-restricted', code: 1088 }),
  '429': (response) => answer(response, 429, {}, { 'retry-after': String(1 + Math.floor(random() * 3)) }),
  '500': (response) => answer(response, 500),
  '502': (response) => answer(response, 502),
  '503': (response) => answer(response, 503),
  '504': (response) => answer(response, 504),
};

function answer(
  response: ServerResponse,
  status: number,
  body: object = {},
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
