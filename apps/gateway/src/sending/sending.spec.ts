import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { BusError } from '@parley/kafka';
import { outboundMessage, ScriptedEndpoint, until } from '@parley/testing';
import { GatewayUnderTest } from '../gateway-under-test.ts';
import { Sending } from './sending.ts';
import type { Sent } from './sending.ts';

let provider: ScriptedEndpoint;
let gateway: GatewayUnderTest;

beforeEach(async () => {
  provider = await ScriptedEndpoint.listen();
  // So slow that the second request leaves well after the first was answered.
  gateway = await GatewayUnderTest.start({ provider, variables: { INSIDER_RATE_LIMIT_PER_SECOND: '5' } });
});

afterEach(async () => {
  await provider.close();
  await gateway.stop();
});

it('Results come although the bus refuses to be told of them, and are told once it does not', async () => {
  gateway.bus.failure = new BusError('UNAUTHORIZED', 'TOPIC_AUTHORIZATION_FAILED');
  const messages = Array.from({ length: 150 }, (_, index) =>
    outboundMessage({ messageId: `m${index}`, phoneNumber: `+1555000${1000 + index}` }),
  );
  const { signal } = new AbortController();
  const sent = await gateway.app
    .get(Sending)
    .send(messages, { source: 'grpc', traffic: 'interactive', signal });
  expect(provider.requests.map((request) => request.messages.length)).toEqual([100, 50]);
  if (sent.kind === 'refused') throw new Error(sent.error.reason);
  expect(sent.results.filter(({ kind }) => kind === 'settled')).toHaveLength(150);
  expect(gateway.bus.on(gateway.topics.result)).toEqual([]);
  gateway.bus.failure = undefined;
  expect(await sent.told).toBe(true);
  expect(gateway.bus.on(gateway.topics.result)).toHaveLength(150);
  const waiting = gateway.logLines.filter((line) => line.includes('result events wait for the event bus'));
  expect(waiting).toHaveLength(1);
});

it('A call is answered when its result events are durable', async () => {
  const acknowledged = Promise.withResolvers<void>();
  const write = gateway.bus.send.bind(gateway.bus);
  const writing = jest.spyOn(gateway.bus, 'send').mockImplementation(async (records) => {
    await acknowledged.promise;
    await write(records);
  });
  let answered = false;
  const sent = sendOne().then(() => (answered = true));
  await until('its result event is written', () => writing.mock.calls.length > 0);
  await setImmediate();
  expect(answered).toBe(false);
  acknowledged.resolve();
  await sent;
  expect(gateway.bus.on(gateway.topics.result)).toHaveLength(1);
});

it('A call is answered although nothing takes its result events, which follow later', async () => {
  gateway.bus.failure = new BusError('UNAVAILABLE', 'The broker is away');
  const sent = await sendOne();
  if (sent.kind === 'refused') throw new Error(sent.error.reason);
  expect(sent.results).toMatchObject([{ kind: 'settled', outcome: { kind: 'accepted' } }]);
  gateway.bus.failure = undefined;
  expect(await sent.told).toBe(true);
  expect(gateway.bus.on(gateway.topics.result)).toHaveLength(1);
});

function sendOne(): Promise<Sent> {
  const { signal } = new AbortController();
  const options = { source: 'grpc', traffic: 'interactive', signal } as const;
  return gateway.app.get(Sending).send([outboundMessage()], options);
}
