import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Bus } from '@parley/kafka';
import { atRate } from '../faults/caller.ts';
import { accept, answer } from '../faults/faulty-provider.ts';
import type { Arrival, FaultyProvider } from '../faults/faulty-provider.ts';
import { AUTH_KEY } from '../faults/gateway-process.ts';
import type { GatewayProcess } from '../faults/gateway-process.ts';
import { textOf } from '../faults/texts.ts';

/** The account that the gateway was started for is refused, so that the other one, `default`, needs another key. */
export const ACCEPTED_KEY = 'INS.key-that-is-accepted';
export const CALLBACK_TOKEN = 'token-of-the-dashboard';

const POST_TIMEOUT_MS = 5_000;
const STATUSES = ['sent', 'delivered', 'read'];

export interface Load {
  readonly gateway: GatewayProcess;
  readonly provider: FaultyProvider;
  readonly bus: Pick<Bus, 'send'>;
  /** The send topic. */
  readonly topic: string;
}

/** Some of everything that can become of a message, until the signal: through all doors, and back by callbacks. */
export function variedLoad(load: Load, options: { perSecond: number; signal: AbortSignal }): Promise<void> {
  const { perSecond, signal } = options;
  load.provider.behaviour = variedAnswers();
  return atRate(perSecond, signal, async (index) => {
    const kinds: Promise<unknown>[] = [record(load, 'text'), callback(load, statusOf(load, index))];
    if (index % 2 === 0) kinds.push(call(load, 'text'));
    if (index % 10 === 3) kinds.push(record(load, 'lost'), call(load, 'rejected'));
    if (index % 10 === 5) kinds.push(load.bus.send([{ topic: load.topic, key: null, value: 'no JSON' }]));
    if (index % 10 === 7)
      kinds.push(callback(load, 'no JSON'), callback(load, '{}', `not ${CALLBACK_TOKEN}`));
    if (index % 10 === 9) kinds.push(load.gateway.send([textOf()]));
    // Refused calls and a broker that is away are part of it.
    await Promise.allSettled(kinds);
  });
}

/** By the account's key and the text: refused, rejected, lost, and now and then throttled. */
function variedAnswers(): (arrival: Arrival, response: ServerResponse) => void {
  let requests = 0;
  return (arrival, response) => {
    requests += 1;
    if (arrival.headers['x-ins-auth-key'] === AUTH_KEY) answer(response, 401, { message: 'unauthorized' });
    else if (requests % 40 === 0) answer(response, 429, {}, { 'retry-after': '1' });
    else if (arrival.ids.some((id) => id.startsWith('rejected'))) answer(response, 400, { message: 'no' });
    else if (arrival.ids.some((id) => id.startsWith('lost')) && requests % 3 === 0) answer(response, 504);
    else accept(arrival, response);
  };
}

async function record({ bus, topic }: Load, prefix: string): Promise<void> {
  const { messageId, phoneNumber, text } = textOf({ prefix });
  await bus.send([{ topic, key: phoneNumber, value: JSON.stringify({ messageId, phoneNumber, text }) }]);
}

async function call({ gateway }: Load, prefix: string): Promise<void> {
  await gateway.sendOverHttp(textOf({ prefix }));
}

/** What became of the message that was taken last, each of them several times over. */
function statusOf({ provider }: Load, index: number): string {
  const id = provider.arrivals.findLast(({ taken }) => taken)?.ids[0] ?? randomUUID();
  const status = STATUSES[index % STATUSES.length];
  return JSON.stringify({ id: `wamid.${id}`, status, recipient_id: '14155550100', key: `whatsapp-${id}` });
}

async function callback({ gateway }: Load, body: string, token = CALLBACK_TOKEN): Promise<void> {
  const response = await fetch(new URL('default', gateway.callbacksUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
    signal: AbortSignal.timeout(POST_TIMEOUT_MS),
  });
  await response.body?.cancel();
}
