import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Arrival, LedgerCount } from './ledger.ts';
// By its path: this runs without the source condition, and nobody builds that package.
import { monotonicMs } from '../libs/testing/src/monotonic-ms.ts';

/**
 * The provider's send endpoint as a process of its own, which does as little as it can: notes when each request's head
 * arrived, counts as the provider counts, and answers after a fixed latency. `GET /ledger` tells everything.
 *
 * The limit holds for any sliding second, and a request that was refused counts as well.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'limit-per-second': { type: 'string', default: '10' },
    'latency-ms': { type: 'string', default: '250' },
  },
});
const limitPerSecond = Number(values['limit-per-second']);
const latencyMs = Number(values['latency-ms']);

const ledger: (Arrival & { messages: Arrival['messages'] })[] = [];
let throttled = 0;
/** So that no key comes twice on a Redis that remembers those of earlier runs. */
const run = randomUUID().slice(0, 8);
let keys = 0;

const server = createServer((request, response) => {
  const atMs = monotonicMs();
  if (request.method === 'POST') void take(request, response, atMs);
  else answer(response, 200, request.url === '/ledger' ? ledger : countOf());
});
// Connections are the client's to close, so that none is closed just as a request is written.
server.keepAliveTimeout = 120_000;
server.listen(Number(values.port), '127.0.0.1');

async function take(request: IncomingMessage, response: ServerResponse, atMs: number): Promise<void> {
  const status = isOverLimit(atMs) ? 429 : 200;
  if (status === 429) throttled += 1;
  const arrival = { atMs, status, messages: [] as Arrival['messages'] };
  ledger.push(arrival);
  const [{ messages }] = await Promise.all([
    json(request) as Promise<{ messages: { phoneNumber: string; message: { text: { body: string } } }[] }>,
    delay(latencyMs),
  ]);
  arrival.messages = messages.map(({ phoneNumber, message }) => ({ phoneNumber, body: message.text.body }));
  if (status === 200) answer(response, 200, { keys: messages.map(() => `key-${run}-${++keys}`) });
  else answer(response, 429, { message: 'Too Many Requests', status: 429 });
}

/** Whether `limitPerSecond` requests arrived within the second that ends now. */
function isOverLimit(atMs: number): boolean {
  const nth = ledger.at(-limitPerSecond);
  return nth !== undefined && nth.atMs > atMs - 1000;
}

function countOf(): LedgerCount {
  return { requests: ledger.length, throttled };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
