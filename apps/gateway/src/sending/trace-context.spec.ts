import { Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { Calls } from '../grpc/calls-under-test.ts';

const ALICE = '+15550001234';
const GIVEN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const OTHER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const NEW = /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/;

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;
let calls: Calls;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
  gateway = await GatewayUnderTest.start({ provider });
  calls = new Calls(gateway.grpcUrl);
});

afterEach(async () => {
  calls.close();
  await provider.close();
  await gateway.stop();
});

/** How a message with a trace comes in: its id, when the door has one, and the header as often as it is given. */
type Door = (messageId: string, traceparents: readonly string[]) => Promise<void>;

const byGrpc: Door = async (messageId, traceparents) => {
  const metadata = new Metadata();
  for (const traceparent of traceparents) metadata.add('traceparent', traceparent);
  const messages = [{ messageId, phoneNumber: ALICE, text: { body: 'Hello' } }];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  calls.conversational.sendConversational({ messages }, metadata, {}, (error) =>
    error ? reject(error) : resolve(),
  );
  await promise;
};

const byHttp: Door = async (_messageId, traceparents) => {
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const traceparent of traceparents) headers.append('traceparent', traceparent);
  const body = JSON.stringify({
    messages: [{ phoneNumber: ALICE, message: { type: 'text', text: { body: 'Hello' } } }],
  });
  const answer = await fetch(`${gateway.url}/v1/conversational/send`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
};

const byKafka: Door = async (messageId, [traceparent]) => {
  const value = JSON.stringify({ messageId, phoneNumber: ALICE, text: { body: 'Hello' } });
  const headers = traceparent === undefined ? {} : { traceparent };
  await gateway.bus.send([{ topic: gateway.topics.send, key: ALICE, value, headers }]);
};

/** Of the result events, in order. */
async function traces(count: number): Promise<unknown[]> {
  const { result } = gateway.topics;
  await until(`${count} result events`, () => gateway.bus.on(result).length === count);
  return gateway.bus.on(result).map(({ headers }) => headers?.['traceparent']);
}

describe.each([
  ['gRPC', byGrpc],
  ['HTTP', byHttp],
  ['Kafka', byKafka],
])('A message that came in by %s', (_name, send) => {
  it('is told of within the trace that it came with', async () => {
    await send('a', [GIVEN]);
    expect(await traces(1)).toEqual([GIVEN]);
  });

  it('is told of within a trace of its own when it came with none, or with one that cannot be read', async () => {
    await send('a', []);
    await send('b', [GIVEN.replace('00-', '99-')]);
    const [first, second] = await traces(2);
    expect(first).toMatch(NEW);
    expect(second).toMatch(NEW);
    expect(second).not.toBe(first);
  });
});

it.each([
  ['gRPC', byGrpc],
  ['HTTP', byHttp],
])('Two traces in one call by %s are none', async (_name, send) => {
  await send('a', [GIVEN, OTHER]);
  expect(await traces(1)).toEqual([expect.stringMatching(NEW)]);
});

it('A repeated id is told within the trace of the submission that asks', async () => {
  await byGrpc('a', [GIVEN]);
  await byGrpc('a', [OTHER]);
  expect(await traces(2)).toEqual([GIVEN, OTHER]);
  expect(provider.requests).toHaveLength(1);
});
